// Every call to the file system that a step makes fails in turn. Each time every byte is there, a person is told what
// happened, and the step was finished or can be taken again.
import { expect, test } from 'vitest';
import { DeltashelfError } from '../../src/shared/index.ts';
import { FaultyFileSystem } from '../faults/faulty-file-system.ts';
import { callsOf, strikes, type Strike } from './strikes.ts';
import { prepare, scenarios, type Prepared, type Scenario } from './scenarios.ts';

test.each(Object.entries<Scenario>(scenarios))(
  '%s: a fault at every call',
  { timeout: 120_000 },
  async (_, scenario) => {
    await using prepared = await prepare(scenario, true);
    const before = await countBefore(prepared);
    const calls = await callsOf(prepared, (steps) => scenario.action(steps, prepared.folder));
    const hits = strikes(calls.length - before.calls);
    expect(hits.length).toBeGreaterThan(100);
    for (const hit of hits) await strike(prepared, scenario, hit, before);
  },
);

interface Before {
  /** Calls that opening makes. */
  readonly calls: number;
  /** Steps that were taken before. */
  readonly taken: number;
}

async function countBefore(prepared: Prepared): Promise<Before> {
  const calls = await callsOf(prepared, () => Promise.resolve());
  const taken = await prepared.withSteps(prepared.disk.afterCrash(), (steps) => steps.activity());
  return { calls: calls.length, taken: taken.length };
}

async function strike(
  { disk: before, folder, withSteps, expectSound }: Prepared,
  { action }: Scenario,
  { fault, index }: Strike,
  { calls, taken }: Before,
): Promise<void> {
  const disk = before.afterCrash();
  const fs = new FaultyFileSystem(disk, { at: calls + index, fault });
  const error = await withSteps(fs, (steps) =>
    action(steps, folder).then(
      () => undefined,
      (reason: unknown) => reason ?? new Error('It threw nothing.'),
    ),
  );
  const call = (fs.calls[calls + index] ?? '').replace(folder, '');
  try {
    expect(fs.struck).toBe(true);
    if (fault !== 'crash') {
      expect(fs.openHandles).toBe(0);
      if (error !== undefined) expectSentence(error);
    }
    await fs.closeAll();
    await expectSound(disk, async (steps) => {
      const finished = (await steps.activity()).length > taken;
      if (error === undefined) expect(finished).toBe(true);
      if (!finished) await action(steps, folder);
      expect(steps.problems).toEqual([]);
      for (const { id } of steps.state.stored.values()) await steps.verify(id, {});
    });
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    throw new Error(`${fault} at call ${index} (${call}): ${reason}`, { cause: failure });
  }
}

function expectSentence(error: unknown): void {
  expect(error).toBeInstanceOf(DeltashelfError);
  const { code, message } = error as DeltashelfError;
  expect(code).not.toBe('internal');
  expect(message).toMatch(/^.{10,}[.;].*\.$/su);
}
