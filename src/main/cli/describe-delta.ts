import {
  formatBytes,
  formatRatio,
  type InspectDeltaResult,
  type InspectedSegment,
} from '../../shared/index.ts';
import { formatTable } from '../bench/index.ts';
import { describeLossy } from './describe-lossy.ts';
import { visibleName } from './visible.ts';

/** Tensors that are listed unless all are asked for. */
const listed = 20;

/** What a delta holds, for people: the whole, its parents, its files, its tensors. */
export function describeDelta(result: InspectDeltaResult, all: boolean): string {
  const { name, kind, originalBytes, storedBytes, ratio, parts, writer, level } = result;
  const lines = [
    `${visibleName(name)}, a ${kind} of ${formatBytes(originalBytes)}, stored in ${formatBytes(storedBytes)} ` +
      `(${formatRatio(ratio)} smaller)`,
    `payload ${formatBytes(parts.payload)}, tables and scales ${formatBytes(parts.shared)}, ` +
      `headers and indexes ${formatBytes(parts.overhead)}`,
    `written by ${visibleName(writer)} at level ${visibleName(level)}`,
    ...(result.lossy ? [describeLossy(result.lossy)] : []),
    ...result.parents.map(
      (parent) =>
        `base: ${visibleName(parent.name)}${parent.kind === 'delta' ? ' (a delta)' : ''}, ` +
        parent.files.map(({ path, bytes }) => `${visibleName(path)} (${formatBytes(bytes)})`).join(', '),
    ),
    ...(result.parents.length === 0 ? ['base: none, stored alone'] : []),
  ];
  return `${lines.join('\n')}\n\n${filesTable(result)}\n${tensorsTable(result.segments, all)}`;
}

function filesTable({ files }: InspectDeltaResult): string {
  return formatTable(
    [
      { title: 'file' },
      { title: 'format' },
      { title: 'bytes', align: 'right' },
      { title: 'stored', align: 'right' },
      { title: 'ratio', align: 'right' },
    ],
    files.map(({ path, format, bytes, storedBytes, ratio }) => [
      visibleName(path),
      format,
      String(bytes),
      String(storedBytes),
      formatRatio(ratio),
    ]),
  );
}

function tensorsTable(segments: readonly InspectedSegment[], all: boolean): string {
  const tensors = segments.filter(({ kind }) => kind === 'tensor');
  const shown = all ? tensors : tensors.toSorted((a, b) => b.storedBytes - a.storedBytes).slice(0, listed);
  if (shown.length === 0) return '';
  const table = formatTable(
    [
      { title: 'tensor' },
      { title: 'dtype' },
      { title: 'shape' },
      { title: 'bytes', align: 'right' },
      { title: 'stored', align: 'right' },
      { title: 'ratio', align: 'right' },
      { title: 'predictor' },
      { title: 'codecs' },
      { title: 'changed', align: 'right' },
      { title: 'norm', align: 'right' },
    ],
    shown.map(({ name, dtype, shape, bytes, storedBytes, ratio, predictor, codecs, change }) => [
      visibleName(name ?? ''),
      dtype ?? '',
      shape?.join(' x ') ?? '',
      String(bytes),
      String(storedBytes),
      formatRatio(ratio),
      predictor,
      Object.keys(codecs).join(', ') || 'equal',
      `${(change.share * 100).toFixed(1)} %`,
      change.norm === null ? '-' : change.norm.toPrecision(2),
    ]),
  );
  const more = tensors.length - shown.length;
  return more > 0 ? `${table}and ${more} more tensors; --all lists them\n` : table;
}
