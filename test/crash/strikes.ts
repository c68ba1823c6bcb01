import type { Steps } from '../../src/main/library/steps/index.ts';
import { FaultyFileSystem } from '../faults/faulty-file-system.ts';
import type { Prepared } from './scenarios.ts';

/** A call that fails, by its number, and how. */
export interface Strike {
  readonly index: number;
  readonly fault: string;
}

/** A call that may not write is told so in one of two ways, in turn. */
const faults = ['ENOSPC', 'EIO', 'EROFS or EACCES', 'crash'] as const;
const most = 40;

/**
 * Which of a step's calls fail, and how: each in all four ways where there are up to 40. Of more, each way takes every
 * second, third and so on, the ways side by side: up to 160 calls every one fails, beyond that an even sample.
 * @param shift other calls of a sample
 */
export function strikes(calls: number, shift = 0): Strike[] {
  const stride = Math.ceil(calls / most);
  return faults.flatMap((fault, number) =>
    Array.from({ length: calls }, (_, index) => index)
      .filter((index) => (index + shift) % stride === Math.floor((number * stride) / faults.length))
      .map((index, nth) => ({ index, fault: fault === 'EROFS or EACCES' ? denied(nth) : fault })),
  );
}

function denied(nth: number): string {
  return nth % 2 === 0 ? 'EROFS' : 'EACCES';
}

/** Every call that opening the vault and some work make, without a fault. */
export async function callsOf(
  { disk, withSteps }: Prepared,
  work: (steps: Steps) => Promise<unknown>,
): Promise<readonly string[]> {
  const fs = new FaultyFileSystem(disk.afterCrash());
  return withSteps(fs, async (steps) => {
    await work(steps);
    return [...fs.calls];
  });
}
