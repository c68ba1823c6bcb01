import fc from 'fast-check';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeFileSystem } from '../../../src/main/library/index.ts';
import { TrustedClock } from '../../../src/main/library/quarantine/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';

const day = 86_400_000;
const start = Date.parse('2026-11-29T12:00:00Z');

/** A computer of which the clock is set at will, days from the start. */
class Computer {
  wall = 0;
  ran = 0;
  now = (): number => start + this.wall * day;
  running = (): number => this.ran * day;
}

/** Days that the clock shows at each look, when the vault is opened anew for each. */
async function looks(days: readonly number[], since?: number): Promise<number[]> {
  await using scratch = await scratchFolder();
  const shown: number[] = [];
  const computer = new Computer();
  for (const wall of days) {
    computer.wall = wall;
    const from = since === undefined ? undefined : new Date(start + since * day);
    const clock = await TrustedClock.open(nodeFileSystem, join(scratch.path, 'clock'), from, computer);
    shown.push(((await clock.now()).getTime() - start) / day);
  }
  return shown;
}

test.each<[string, number[], number[]]>([
  ['day after day', [0, 1, 2, 3], [0, 1, 2, 3]],
  ['hours apart', [0, 0.25, 0.5], [0, 0.25, 0.5]],
  [
    'a leap counts one day at first, and the rest when it lasted a day',
    [0, 21, 21.5, 22, 23],
    [0, 1, 1.5, 22, 23],
  ],
  ['weeks without a look, again and again', [0, 30, 60, 90], [0, 1, 31, 61]],
  ['a wrong year that is put right', [0, 8000, 8000.5, 1, 2, 3], [0, 1, 1.5, 1.5, 2.5, 3.5]],
  ['backwards it stands still', [10, 5, 6, 4], [10, 10, 11, 11]],
  ['before 1970', [0, -40_000, 0], [0, 0, 1]],
])('%s', async (_, days, shown) => {
  expect(await looks(days)).toEqual(shown);
});

test('a file that was lost begins where an original was moved last, not at the wall clock', async () => {
  expect(await looks([30, 30.5, 31], 2)).toEqual([2, 2.5, 31]);
});

test('a process that ran all the while is a witness', async () => {
  await using scratch = await scratchFolder();
  const computer = new Computer();
  const clock = await TrustedClock.open(nodeFileSystem, join(scratch.path, 'clock'), undefined, computer);
  computer.wall = 20;
  computer.ran = 20;
  expect((await clock.now()).getTime()).toBe(start + 20 * day);
  computer.wall = 40;
  computer.ran = 21;
  expect((await clock.now()).getTime()).toBe(start + 21 * day);
});

test('damaged files count as lost', async () => {
  for (const text of [
    '',
    '{',
    '{"format":1}',
    'x'.repeat(5000),
    '{"format":1,"trusted":1e300,"wall":0,"leap":null}',
  ]) {
    await using scratch = await scratchFolder();
    const path = join(scratch.path, 'clock');
    await writeFile(path, text);
    const clock = await TrustedClock.open(nodeFileSystem, path, new Date(start), new Computer());
    expect((await clock.now()).getTime()).toBe(start);
  }
});

test('whatever the computer shows, it never runs backwards, and never ahead of all days that were seen to pass', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: -400, max: 400 }), { maxLength: 12 }), async (days) => {
      const walls = [0, ...days];
      const shown = await looks(walls);
      let forwards = 0;
      for (const [n, look] of shown.entries()) {
        forwards += Math.max(0, (walls[n] ?? 0) - (walls[n - 1] ?? 0));
        expect(look).toBeGreaterThanOrEqual(shown[n - 1] ?? 0);
        expect(look).toBeLessThanOrEqual(forwards);
      }
    }),
    { numRuns: 50 },
  );
});
