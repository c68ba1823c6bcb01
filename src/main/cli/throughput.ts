import { formatBytes } from '../../shared/index.ts';

/** How long it took and how fast that was: `1.2 s, 83.4 MB/s`. */
export function throughput(bytes: number, seconds: number): string {
  const time = `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return seconds > 0 ? `${time}, ${formatBytes(Math.round(bytes / seconds))}/s` : time;
}
