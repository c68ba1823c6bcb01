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
  const title = (text: string): string => (markdown ? `### ${text}\n\n` : `${text}\n\n`);
  const parts = [
    title('Stored bytes / original bytes') + table(...ratios(result)),
    title(`MB/s of the child, one thread, encode / decode (x: over ${yardstick})`) + table(...speeds(result)),
  ];
  if (result.published.length > 0) {
    parts.push(title('Stored bytes / those of published methods') + table(...bars(result)));
  }
  return parts.join('\n');
}

type Table = [Column[], string[][]];

function ratios({ pairs, means }: BenchLibraryResult): Table {
  const rows = pairs.map(({ child, parent, dtype, bytes, rows: methods }) => [
    ...[visibleName(shortName(child)), visibleName(shortName(parent)), dtype, String(bytes)],
    ...methodNames.map((name) => cellOf(methods, name, ({ ratio }) => ratio.toFixed(4))),
  ]);
  const meanRows = dtypesOf(means).map((dtype) => [
    ...[`geometric mean of ${pairsOf(means, dtype)}`, '', dtype, ''],
    ...methodNames.map((name) => meanOf(means, dtype, name)?.ratio.toFixed(4) ?? ''),
  ]);
  const columns: Column[] = [
    ...[{ title: 'child' }, { title: 'parent' }, { title: 'dtype' }],
    { title: 'bytes', align: 'right' },
    ...methodNames.map((title): Column => ({ title, align: 'right' })),
  ];
  return [columns, [...rows, ...meanRows]];
}

function speeds({ pairs, means }: BenchLibraryResult): Table {
  const both = (row: { encodeMBps: number; decodeMBps: number } | undefined): string =>
    row === undefined ? '' : `${formatSpeed(row.encodeMBps)} / ${formatSpeed(row.decodeMBps)}`;
  const ours = methodNames.filter((name) => name.startsWith('Deltashelf'));
  const rows = pairs.map(({ child, dtype, rows: methods }) => [
    ...[visibleName(shortName(child)), dtype],
    ...methodNames.map((name) => cellOf(methods, name, both)),
    ...ours.map((name) => {
      const [own, other] = [name, yardstick].map((each) => measured(methods, each));
      if (!own || !other) return '';
      return `${(own.encodeMBps / other.encodeMBps).toFixed(2)} / ${(own.decodeMBps / other.decodeMBps).toFixed(2)}`;
    }),
  ]);
  const meanRows = dtypesOf(means).map((dtype) => [
    ...['geometric mean', dtype],
    ...methodNames.map((name) => both(meanOf(means, dtype, name))),
    ...ours.map((name) => {
      const [own, other] = [name, yardstick].map((each) => meanOf(means, dtype, each));
      if (!own || !other) return '';
      return `${(own.encodeMBps / other.encodeMBps).toFixed(2)} / ${(own.decodeMBps / other.decodeMBps).toFixed(2)}`;
    }),
  ]);
  const columns: Column[] = [
    ...[{ title: 'child' }, { title: 'dtype' }],
    ...methodNames.map((title): Column => ({ title, align: 'right' })),
    ...ours.map((name): Column => ({ title: `${name} x`, align: 'right' })),
  ];
  return [columns, [...rows, ...meanRows]];
}

function bars({ published }: BenchLibraryResult): Table {
  const rows = published.map(({ child, parent, dtype, method, storedBytes, toFmpp, toBest, best }) => [
    ...[visibleName(shortName(child)), visibleName(shortName(parent)), dtype, method, String(storedBytes)],
    ...[toFmpp?.toFixed(4) ?? '', toBest.toFixed(4), best],
  ]);
  const groups = Map.groupBy(published, ({ dtype, method }) => `${dtype} ${method}`);
  const meanRows = [...groups.values()].map((group) => {
    const fmpp = group.flatMap(({ toFmpp }) => toFmpp ?? []);
    const all = group.map(({ toBest }) => toBest);
    const [first] = group;
    return [
      ...[`geometric mean of ${group.length}`, '', first?.dtype ?? '', first?.method ?? '', ''],
      ...[fmpp.length > 0 ? geometricMean(fmpp).toFixed(4) : '', geometricMean(all).toFixed(4), ''],
    ];
  });
  const columns: Column[] = [
    ...[{ title: 'child' }, { title: 'parent' }, { title: 'dtype' }, { title: 'method' }],
    { title: 'bytes', align: 'right' },
    { title: '/ FM++', align: 'right' },
    { title: '/ best', align: 'right' },
    { title: 'best' },
  ];
  return [columns, [...rows, ...meanRows]];
}

type MeasuredRow = Exclude<BenchRow, { unavailable: string }>;

function measured(rows: readonly BenchRow[], name: string): MeasuredRow | undefined {
  return rows.find((row): row is MeasuredRow => row.name === name && !('unavailable' in row));
}

function cellOf(rows: readonly BenchRow[], name: string, show: (row: MeasuredRow) => string): string {
  const row = measured(rows, name);
  if (!row) return '-';
  return row.roundTrip ? show(row) : 'NOT EXACT';
}

function dtypesOf(means: BenchLibraryResult['means']): string[] {
  return [...new Set(means.map(({ dtype }) => dtype))];
}

function meanOf(means: BenchLibraryResult['means'], dtype: string, method: string) {
  return means.find((mean) => mean.dtype === dtype && mean.method === method);
}

function pairsOf(means: BenchLibraryResult['means'], dtype: string): number {
  return means.find((mean) => mean.dtype === dtype)?.pairs ?? 0;
}

/** Pairs of a folder of pairs are known by that folder. */
function shortName(name: string): string {
  return /^real\/([^/]+)\//u.exec(name)?.[1] ?? name;
}
