// A process is killed (SIGKILL) at random moments of every phase. After the next start every file is where it was or
// comes back with every byte, and nothing is left over. One library lives through all rounds.
import { afterAll, expect, test } from 'vitest';
import { phases, type Phase } from './kill-library.ts';
import { KilledSteps, type Kills } from './killed-steps.ts';

const rounds = Number(process.env['DELTASHELF_CRASH_ROUNDS'] ?? 20);
const kills: Kills = new Map();
let library: KilledSteps | undefined;

const targets = Array.from({ length: rounds }, (_, round): [number, Phase] => [
  round + 1,
  phases[round % phases.length] ?? 'open',
]);

test.each(targets)('round %i: killed in %s', { timeout: 120_000 }, async (round, phase) => {
  const own = library ?? (await KilledSteps.begin(kills));
  library = undefined;
  try {
    await own.round(phase, round);
    library = own;
  } finally {
    // What a failure left says nothing about the next rounds.
    if (library === undefined) await own[Symbol.asyncDispose]();
  }
});

afterAll(async () => {
  await library?.[Symbol.asyncDispose]();
  for (const phase of [...phases, 'between' as const]) {
    const { died, halfDone } = kills.get(phase) ?? { died: 0, halfDone: 0 };
    console.log(`${phase}: killed ${died} times, a step half done ${halfDone} times`);
  }
  for (const phase of new Set(targets.map(([, each]) => each)))
    expect(kills.get(phase)?.died).toBeGreaterThan(0);
});
