// What was interrupted is put right, and a call of that fails: a person is told, nothing is lost, and the next start
// puts it right.
import { expect, test } from 'vitest';
import { DeltashelfError } from '../../src/shared/index.ts';
import { FaultyFileSystem } from '../faults/faulty-file-system.ts';
import type { PowerLossFileSystem } from '../faults/power-loss-file-system.ts';
import { prepare, scenarios, type Prepared, type Scenario } from './scenarios.ts';
import { strikes, type Strike } from './strikes.ts';

test.each(Object.entries<Scenario>(scenarios))(
  'putting right an interrupted step (%s): a fault at every call',
  { timeout: 120_000 },
  async (_, scenario) => {
    await using prepared = await prepare(scenario, true);
    for (const [number, interrupted] of (await someInterruptions(prepared, scenario)).entries()) {
      const calls = await countCalls(prepared, interrupted);
      for (const hit of strikes(calls, number)) await strike(prepared, interrupted, hit);
    }
  },
);

async function strike(
  { folder, withSteps, expectSound }: Prepared,
  interrupted: PowerLossFileSystem,
  { fault, index }: Strike,
): Promise<void> {
  const disk = interrupted.afterCrash();
  const fs = new FaultyFileSystem(disk, { at: index, fault });
  const error: unknown = await withSteps(fs, () => Promise.resolve()).catch((reason: unknown) => reason);
  const call = (fs.calls[index] ?? '').replace(folder, '');
  try {
    expect(fs.struck).toBe(true);
    if (fault !== 'crash') {
      expect(fs.openHandles).toBe(0);
      if (error !== undefined) expect(error).toBeInstanceOf(DeltashelfError);
    }
    await fs.closeAll();
    await expectSound(disk);
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    throw new Error(`${fault} at call ${index} (${call}): ${reason}`, { cause: failure });
  }
}

async function countCalls({ withSteps }: Prepared, interrupted: PowerLossFileSystem): Promise<number> {
  const fs = new FaultyFileSystem(interrupted.afterCrash());
  return withSteps(fs, () => Promise.resolve(fs.calls.length));
}

/** What is left of a step if the process dies early in it, in the middle, and near its end. */
async function someInterruptions(
  { disk: before, folder, withSteps }: Prepared,
  { action }: Scenario,
): Promise<PowerLossFileSystem[]> {
  const disk = before.afterCrash();
  const left: PowerLossFileSystem[] = [];
  await withSteps(disk, async (steps) => {
    disk.onChange = () => left.push(disk.afterCrash());
    await action(steps, folder);
    disk.onChange = () => undefined;
  });
  return [0.3, 0.6, 0.9].flatMap((share) => left[Math.floor(share * left.length)] ?? []);
}
