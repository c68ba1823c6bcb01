import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { nodeFileSystem } from '../../src/main/library/index.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';
import { openVault, phases, writeLibrary, type Phase } from './kill-library.ts';
import { expectNoOrphans, expectNothingLost, originalsIn, type Originals } from './nothing-lost.ts';

/** Chance makes every phase possible long before. Else the process dies in another one, and it is tried again. */
const longestWaitMs = 10_000;
const program = join(import.meta.dirname, 'worker.ts');

/** How often the process died in a phase, and how often the next start found a step half done. */
export interface Deaths {
  died: number;
  halfDone: number;
}
export type Kills = Map<Phase | 'between', Deaths>;

type Scratch = Awaited<ReturnType<typeof scratchFolder>>;

/** A library whose process is killed again and again. What it was killed in is known afterwards, by what it told last. */
export class KilledSteps implements AsyncDisposable {
  readonly #scratch: Scratch;
  readonly #originals: Originals;
  readonly #kills: Kills;
  /** How long each phase took when it was seen lately, in milliseconds: some are refused at once, others are not. */
  readonly #durations = new Map<string, number[]>();
  #vault: string;

  private constructor(scratch: Scratch, originals: Originals, kills: Kills) {
    this.#scratch = scratch;
    this.#originals = originals;
    this.#kills = kills;
    this.#vault = join(scratch.path, 'vault');
  }

  static async begin(kills: Kills): Promise<KilledSteps> {
    const scratch = await scratchFolder();
    await writeLibrary(scratch.path);
    const originals = await originalsIn(nodeFileSystem, join(scratch.path, 'models'));
    return new KilledSteps(scratch, originals, kills);
  }

  /**
   * Kills the process within a phase, at a moment that chance gives, until it died in no other; then looks at what is
   * left as the next start finds it. To be killed while it opens, it is killed in another phase before.
   */
  async round(phase: Phase, seed: number): Promise<void> {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      if (phase === 'open')
        await this.#kill(phases[1 + ((seed + attempt) % (phases.length - 1))] ?? 'store', seed);
      const died = await this.#kill(phase, seed + attempt * 1_000_003);
      const deaths = this.#kills.get(died) ?? { died: 0, halfDone: 0 };
      this.#kills.set(died, deaths);
      deaths.died += 1;
      if (await this.#look()) deaths.halfDone += 1;
      if (died === phase) return;
    }
    throw new Error(`The process was never caught in the phase "${phase}".`);
  }

  /** @returns the phase in which it died */
  async #kill(phase: Phase, seed: number): Promise<Phase | 'between'> {
    const child = spawn(process.execPath, [program, this.#scratch.path, this.#vault, String(seed), phase], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let told = '';
    let failure = '';
    let began: { phase: string; at: number } | undefined;
    let aimed = false;
    child.stderr.on('data', (text) => (failure += String(text)));
    child.stdout.on('data', (text) => {
      for (const line of String(text).trimEnd().split('\n')) {
        const now = performance.now();
        if (line === 'done' && began) this.#took(began.phase, now - began.at);
        else if (line !== 'done') began = { phase: line, at: now };
      }
      told += String(text);
      if (aimed || began?.phase !== phase || told.endsWith('done\n')) return;
      aimed = true;
      setTimeout(
        () => child.kill('SIGKILL'),
        Math.random() * Math.max(...(this.#durations.get(phase) ?? [20])),
      );
    });
    const late = setTimeout(() => child.kill('SIGKILL'), longestWaitMs);
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    clearTimeout(late);
    expect(`${signal ?? code ?? ''} ${failure}`).toBe('SIGKILL ');
    const last = told.trimEnd().split('\n').at(-1);
    return phases.find((each) => each === last) ?? 'between';
  }

  #took(phase: string, milliseconds: number): void {
    this.#durations.set(phase, [...(this.#durations.get(phase) ?? []).slice(-4), milliseconds]);
  }

  /**
   * What the next start finds: everything, and nothing that does not belong there.
   * @returns whether it found a step half done
   */
  async #look(): Promise<boolean> {
    const { path } = this.#scratch;
    const steps = await openVault(this.#vault);
    try {
      this.#vault = steps.vaultPath;
      expect(steps.problems).toEqual([]);
      await expectNoOrphans(nodeFileSystem, steps, path, this.#originals);
      const before = (await steps.activity()).length;
      await expectNothingLost(nodeFileSystem, steps, this.#originals, join(path, 'out'));
      for (let made = (await steps.activity()).length - before; made > 0; made -= 1)
        await steps.undo(undefined, {});
      await rm(join(path, 'out'), { recursive: true, force: true });
      for (const { id } of steps.state.stored.values()) await steps.verify(id, {});
    } finally {
      await steps.close();
    }
    const again = await openVault(this.#vault);
    await again.close();
    expect(again.recovered).toEqual([]);
    await this.#leaveOldPlaces();
    return steps.recovered.length > 0;
  }

  /** A folder that the vault left holds a note of where it went, and nothing else. */
  async #leaveOldPlaces(): Promise<void> {
    for (const name of await readdir(this.#scratch.path)) {
      const place = join(this.#scratch.path, name);
      if (!name.startsWith('vault') || place === this.#vault) continue;
      expect(await readdir(place)).toEqual(['deltashelf-vault.json']);
      await rm(place, { recursive: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scratch[Symbol.asyncDispose]();
  }
}
