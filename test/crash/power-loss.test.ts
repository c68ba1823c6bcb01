// A disk that forgets what was not flushed: after every change that a step makes, the power goes; and, another time,
// only the process dies. What is opened then must have lost nothing and leave nothing behind.
import { expect, test } from 'vitest';
import type { PowerLossFileSystem } from '../faults/power-loss-file-system.ts';
import { prepare, scenarios, type Prepared, type Scenario } from './scenarios.ts';

test.each(Object.entries<Scenario>(scenarios))(
  '%s: the power goes, or the process dies, after every change',
  { timeout: 240_000 },
  async (_, scenario) => {
    await using prepared = await prepare(scenario);
    const left = await interruptions(prepared, scenario);
    expect(left.length).toBeGreaterThan(10);
    for (const { when, disk } of left) {
      await prepared.expectSound(disk).catch((error: unknown) => {
        throw new Error(`${when}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      });
    }
  },
);

/** What is left of a step after each of its changes, if it ends there. */
async function interruptions(
  { disk: before, folder, withSteps }: Prepared,
  { action }: Scenario,
): Promise<{ when: string; disk: PowerLossFileSystem }[]> {
  const disk = before.afterCrash();
  const left: { when: string; disk: PowerLossFileSystem }[] = [];
  await withSteps(disk, async (steps) => {
    let change = 0;
    disk.onChange = (call) => {
      change += 1;
      const when = `after change ${change} (${call.replace(folder, '')})`;
      left.push({ when: `power cut ${when}`, disk: disk.afterPowerCut() });
      left.push({ when: `crash ${when}`, disk: disk.afterCrash() });
    };
    await action(steps, folder);
    disk.onChange = () => undefined;
  });
  return left;
}
