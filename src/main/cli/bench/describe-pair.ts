import { formatBytes, type BenchResult, type BenchRow } from '../../../shared/index.ts';
import { formatTable, yardstick } from '../../bench/index.ts';
import { visibleName } from '../visible.ts';

/** One pair, all methods, for people. */
export function describePair({ child, parent, dtype, bytes, threads, rows }: BenchResult): string {
  const table = formatTable(
    [
      { title: 'method' },
      { title: 'bytes', align: 'right' },
      { title: 'ratio', align: 'right' },
      { title: 'encode MB/s', align: 'right' },
      { title: 'decode MB/s', align: 'right' },
      { title: 'encode x', align: 'right' },
      { title: 'decode x', align: 'right' },
      { title: 'peak memory', align: 'right' },
      { title: 'exact' },
    ],
    rows.map((row) => cells(row, yardstickOf(rows))),
  );
  return (
    `${visibleName(child)} against ${visibleName(parent)}: ${dtype}, ${formatBytes(bytes)}\n` +
    `peers on one thread, Deltashelf on ${threads}; x: speed over that of ${yardstick}\n\n${table}`
  );
}

type MeasuredBenchRow = Exclude<BenchRow, { unavailable: string }>;

/** The row that speeds are compared with. */
export function yardstickOf(rows: readonly BenchRow[]): MeasuredBenchRow | undefined {
  return rows.find((row): row is MeasuredBenchRow => row.name === yardstick && !('unavailable' in row));
}

function cells(row: BenchRow, than: MeasuredBenchRow | undefined): string[] {
  if ('unavailable' in row) return [row.name, row.unavailable];
  const times = (speed: number, other: number | undefined): string =>
    other === undefined ? '' : (speed / other).toFixed(2);
  return [
    row.name,
    String(row.storedBytes),
    row.ratio.toFixed(4),
    formatSpeed(row.encodeMBps),
    formatSpeed(row.decodeMBps),
    times(row.encodeMBps, than?.encodeMBps),
    times(row.decodeMBps, than?.decodeMBps),
    row.peakBytes === null ? '' : formatBytes(row.peakBytes),
    row.roundTrip ? 'yes' : 'NO',
  ];
}

export function formatSpeed(megabytes: number): string {
  return megabytes.toFixed(megabytes < 10 ? 1 : 0);
}
