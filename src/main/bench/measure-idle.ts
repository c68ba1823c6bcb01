import { setTimeout as pause } from 'node:timers/promises';

/** What a process took while it learnt, and after that. Processor time is that of all its threads. */
export interface MeasuredIdle {
  readonly learnSeconds: number;
  readonly learnCpuSeconds: number;
  readonly idleSeconds: number;
  readonly idleCpuSeconds: number;
  readonly peakBytes: number;
  readonly residentBytes: number;
}

/** Time that is looked at as one. Seconds. */
const slice = 10;
/** Part of a core below which nothing is being learnt, and slices in a row that have to be below. */
const QUIET = 0.05;
const QUIET_SLICES = 3;

/**
 * Measures this process, in which a service works: until it has nothing more to do, and for a while after.
 * @param seconds that are watched after that
 */
export async function measureIdle(seconds: number, signal: AbortSignal): Promise<MeasuredIdle> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  for (let quiet = 0; quiet < QUIET_SLICES;) {
    const share = (await cpuSecondsIn(slice, signal)) / slice;
    quiet = share < QUIET ? quiet + 1 : 0;
  }
  const learnSeconds = (performance.now() - start) / 1000;
  const learnCpuSeconds = secondsOf(process.cpuUsage(cpu));
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const idleStart = performance.now();
  const idleCpuSeconds = await cpuSecondsIn(seconds, signal);
  const idleSeconds = (performance.now() - idleStart) / 1000;
  const residentBytes = process.memoryUsage.rss();
  return { learnSeconds, learnCpuSeconds, idleSeconds, idleCpuSeconds, peakBytes, residentBytes };
}

async function cpuSecondsIn(seconds: number, signal: AbortSignal): Promise<number> {
  const cpu = process.cpuUsage();
  await pause(seconds * 1000, undefined, { signal });
  return secondsOf(process.cpuUsage(cpu));
}

function secondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}
