import type { BenchLibraryResult, BenchRow } from '../../../shared/index.ts';
import {
  formatMarkdownTable,
  formatTable,
  geometricMean,
  methodNames,
  yardstick,
  type Column,
} from '../../bench/index.ts';
import { visibleName } from '../visible.ts';
import { formatSpeed } from './describe-pair.ts';

/** The tables of a library: stored bytes, speeds, and figures beside published ones. */
export function describeLibrary(result: BenchLibraryResult, markdown: boolean): string {
  const table = markdown ? formatMarkdownTable : formatTable;
  const part = (title: string, content: Table): string =>
    `${markdown ? '### ' : ''}${title}\n\n${table(...content)}`;
  const parts = [
    part('Stored bytes / original bytes', ratios(result)),
    part('MB/s of the child: encode / decode, peers on one thread', speeds(result)),
  ];
  if (result.published.length > 0)
    parts.push(part('Stored bytes / those of published methods', bars(result)));
  return parts.join('\n');
}

type Table = [Column[], string[][]];
type MeasuredRow = Exclude<BenchRow, { unavailable: string }>;
type Speeds = Pick<MeasuredRow, 'encodeMBps' | 'decodeMBps'>;

const left = (...titles: string[]): Column[] => titles.map((title) => ({ title }));
const right = (...titles: string[]): Column[] => titles.map((title) => ({ title, align: 'right' }));
const ours = methodNames.filter((name) => name.startsWith('Deltashelf'));

function ratios({ pairs, means }: BenchLibraryResult): Table {
  const rows = pairs.map(({ child, parent, group, dtype, bytes, rows: methods }) => [
    ...[shownName(child), shownName(parent), group, dtype, String(bytes)],
    ...methodNames.map((name) => cellOf(methods, name, ({ ratio }) => ratio.toFixed(4))),
  ]);
  const meanRows = groupsOf(means).map(({ group, dtype, pairs: many }) => [
    ...[`geometric mean of ${many}`, '', group, dtype, ''],
    ...methodNames.map((name) => meanOf(means, group, dtype, name)?.ratio.toFixed(4) ?? ''),
  ]);
  return [
    [...left('child', 'parent', 'group', 'dtype'), ...right('bytes', ...methodNames)],
    [...rows, ...meanRows],
  ];
}

function speeds({ pairs, means }: BenchLibraryResult): Table {
  const rows = pairs.map(({ child, group, dtype, rows: methods }) => [
    ...[shownName(child), group, dtype],
    ...methodNames.map((name) => cellOf(methods, name, shownSpeeds)),
    ...ours.map((name) => timesTheYardstick((each) => measured(methods, each), name)),
  ]);
  const meanRows = groupsOf(means).map(({ group, dtype, pairs: many }) => {
    const mean = (name: string): Speeds | undefined => meanOf(means, group, dtype, name);
    return [
      ...[`geometric mean of ${many}`, group, dtype],
      ...methodNames.map((name) => shownSpeeds(mean(name))),
      ...ours.map((name) => timesTheYardstick(mean, name)),
    ];
  });
  const times = ours.map((name) => `${name} / ${yardstick}`);
  return [
    [...left('child', 'group', 'dtype'), ...right(...methodNames, ...times)],
    [...rows, ...meanRows],
  ];
}

function bars({ published }: BenchLibraryResult): Table {
  const rows = published.map(({ child, parent, group, dtype, method, storedBytes, toFmpp, toBest, best }) => [
    ...[shownName(child), shownName(parent), group, dtype, method, String(storedBytes)],
    ...[toFmpp?.toFixed(4) ?? '', toBest.toFixed(4), best],
  ]);
  const groups = Map.groupBy(published, ({ group, dtype, method }) => `${group} ${dtype} ${method}`);
  const summaries = [...groups.values()].flatMap((pairs) => {
    const [first] = pairs;
    if (!first) return [];
    const columns = [pairs.flatMap(({ toFmpp }) => toFmpp ?? []), pairs.map(({ toBest }) => toBest)];
    const row = (title: string, figure: (values: readonly number[]) => number): string[] => [
      ...[`${title} of ${pairs.length}`, '', first.group, first.dtype, first.method, ''],
      ...columns.map((values) => (values.length > 0 ? figure(values).toFixed(4) : '')),
      '',
    ];
    return [row('geometric mean', geometricMean), row('worst', (values) => Math.max(...values))];
  });
  return [
    [
      ...left('child', 'parent', 'group', 'dtype', 'method'),
      ...right('bytes', '/ FM++', '/ best'),
      ...left('best'),
    ],
    [...rows, ...summaries],
  ];
}

function shownSpeeds(row: Speeds | undefined): string {
  return row === undefined ? '' : `${formatSpeed(row.encodeMBps)} / ${formatSpeed(row.decodeMBps)}`;
}

function timesTheYardstick(find: (name: string) => Speeds | undefined, name: string): string {
  const [own, other] = [find(name), find(yardstick)];
  if (!own || !other) return '';
  const [encode, decode] = [own.encodeMBps / other.encodeMBps, own.decodeMBps / other.decodeMBps];
  return `${encode.toFixed(2)} / ${decode.toFixed(2)}`;
}

function measured(rows: readonly BenchRow[], name: string): MeasuredRow | undefined {
  return rows.find((row): row is MeasuredRow => row.name === name && !('unavailable' in row));
}

function cellOf(rows: readonly BenchRow[], name: string, show: (row: MeasuredRow) => string): string {
  const row = measured(rows, name);
  if (!row) return '-';
  return row.roundTrip ? show(row) : 'NOT EXACT';
}

type Means = BenchLibraryResult['means'];

/** One mean of each group and type: of the group's first method. */
function groupsOf(means: Means): Means {
  return means.filter(({ method }) => method === ours[0]);
}

function meanOf(means: Means, group: string, dtype: string, method: string): Means[number] | undefined {
  return means.find((mean) => mean.group === group && mean.dtype === dtype && mean.method === method);
}

/** A pair in a folder of pairs is known by its own folder. */
function shownName(name: string): string {
  return visibleName(/^real\/([^/]+)\//u.exec(name)?.[1] ?? name);
}
