// A disk that forgets what was not flushed: after every change that a step makes, the power goes; and, another time,
// only the process dies. What is opened then must have lost nothing and leave nothing behind.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../src/main/library/index.ts';
import type { Steps } from '../../src/main/library/steps/index.ts';
import { PowerLossFileSystem } from '../faults/power-loss-file-system.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';
import { openVaultIn, request, storeVerified } from '../library/steps/library.ts';
import { wish, writeFamily } from '../library/steps/reclaimed.ts';
import { expectNoOrphans, expectNothingLost, originalsIn, type Originals } from './nothing-lost.ts';

interface Scenario {
  /** Whether originals are purged before or meanwhile: else every one must be on disk or in quarantine. */
  readonly purges?: true;
  readonly prepare: (steps: Steps, folder: string) => Promise<unknown>;
  readonly action: (steps: Steps, folder: string) => Promise<unknown>;
}

const idOf = (steps: Steps, wanted: string): string =>
  [...steps.state.stored.values()].find(({ name }) => name === wanted)?.id ?? '';
const store = (steps: Steps, folder: string) =>
  storeVerified(steps, join(folder, 'models/a'), join(folder, 'models/base'));
const reclaim = (steps: Steps, folder: string) =>
  steps.reclaim(wish(folder, [idOf(steps, 'a')], { sideFiles: true }), {});
const purge = (steps: Steps, name = 'a') => {
  const entries = [...steps.state.quarantine.values()].filter((entry) => entry.name === name);
  return steps.purge(
    entries.map(({ id }) => id),
    { now: true },
    {},
  );
};
const reclaimTwo = async (steps: Steps, folder: string) => {
  await store(steps, folder);
  await reclaim(steps, folder);
  const b = await storeVerified(steps, join(folder, 'models/b'), join(folder, 'models/base'));
  await steps.reclaim(wish(folder, [b.id]), {});
};
const base = (folder: string) => ({
  name: 'base',
  path: join(folder, 'models/base'),
  files: ['model.safetensors', 'config.json'],
});

const scenarios: Record<string, Scenario> = {
  store: { prepare: () => Promise.resolve(), action: store },
  reclaim: { prepare: store, action: reclaim },
  purge: {
    purges: true,
    prepare: async (steps, folder) => {
      await store(steps, folder);
      await reclaim(steps, folder);
    },
    action: (steps) => purge(steps),
  },
  'purge of one of two': { purges: true, prepare: reclaimTwo, action: (steps) => purge(steps, 'a') },
  'undo of one of two': { prepare: reclaimTwo, action: (steps) => steps.undo(undefined, {}) },
  'undo of a reclaim': {
    prepare: async (steps, folder) => {
      await store(steps, folder);
      await reclaim(steps, folder);
    },
    action: (steps) => steps.undo(undefined, {}),
  },
  remove: {
    prepare: () => Promise.resolve(),
    action: (steps, folder) => steps.remove(base(folder), [join(folder, 'models')], {}),
  },
  'reconstruct in place': {
    purges: true,
    prepare: async (steps, folder) => {
      await store(steps, folder);
      await reclaim(steps, folder);
      await purge(steps);
    },
    action: (steps) => steps.reconstruct({ id: idOf(steps, 'a') }, {}),
  },
  'undo of a reconstruction': {
    purges: true,
    prepare: async (steps, folder) => {
      await store(steps, folder);
      await reclaim(steps, folder);
      await purge(steps);
      await steps.reconstruct({ id: idOf(steps, 'a') }, {});
    },
    action: (steps) => steps.undo(undefined, {}),
  },
  rebase: {
    purges: true,
    prepare: async (steps, folder) => {
      await store(steps, folder);
      await reclaim(steps, folder);
      await purge(steps);
    },
    action: (steps, folder) =>
      steps.rebase(idOf(steps, 'a'), [{ kind: 'path', path: join(folder, 'models/b'), name: 'b' }], {}),
  },
  'undo of a compress': {
    prepare: (steps, folder) =>
      steps.store(request(join(folder, 'models/a'), join(folder, 'models/base')), {}),
    action: (steps) => steps.undo(undefined, {}),
  },
};

test.each(Object.entries(scenarios))(
  '%s: the power goes, or the process dies, after every change',
  { timeout: 240_000 },
  async (_, scenario) => {
    await using scratch = await scratchFolder();
    const folder = scratch.path;
    const purges = scenario.purges ?? false;
    // Of the real disk only the vault's lock is used.
    await mkdir(join(folder, 'vault'));
    const prepared = new PowerLossFileSystem();
    await copyFamily(prepared, folder);
    const originals = await originalsIn(prepared, join(folder, 'models'));
    await withSteps(prepared, folder, (steps) => scenario.prepare(steps, folder));
    prepared.flushAll();

    const disk = prepared.afterCrash();
    const left: { call: string; cut: PowerLossFileSystem; crash: PowerLossFileSystem }[] = [];
    await withSteps(disk, folder, async (steps) => {
      disk.onChange = (call) => {
        left.push({ call: call.replace(folder, ''), cut: disk.afterPowerCut(), crash: disk.afterCrash() });
      };
      await scenario.action(steps, folder);
      disk.onChange = () => undefined;
    });
    expect(left.length).toBeGreaterThan(5);
    for (const [n, { call, cut, crash }] of left.entries()) {
      await look(cut, folder, { originals, purges }, `power cut after change ${n} (${call})`);
      await look(crash, folder, { originals, purges }, `crash after change ${n} (${call})`);
    }
    await look(disk.afterPowerCut(), folder, { originals, purges }, 'power cut at the end');
  },
);

async function look(
  disk: PowerLossFileSystem,
  folder: string,
  { originals, purges }: { originals: Originals; purges: boolean },
  when: string,
): Promise<void> {
  try {
    await withSteps(disk, folder, async (steps) => {
      await expectNoOrphans(disk, steps, folder, originals);
      const found = await expectNothingLost(disk, steps, originals, join(folder, 'out'));
      if (!purges) expect(found.onlyStored).toBe(0);
    });
    // What recovery did lasts, and there is nothing left for it to do.
    await withSteps(disk.afterPowerCut(), folder, async (steps) => {
      expect(steps.recovered).toEqual([]);
    });
  } catch (error) {
    throw new Error(`${when}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function withSteps<T>(fs: FileSystem, folder: string, work: (steps: Steps) => Promise<T>): Promise<T> {
  const steps = await openVaultIn(folder, fs);
  try {
    return await work(steps);
  } finally {
    await steps.close();
  }
}

/** Writes a base and two fine-tunes into a disk in memory. */
async function copyFamily(disk: PowerLossFileSystem, folder: string): Promise<void> {
  await using seed = await scratchFolder();
  await writeFamily(seed.path, ['a', 'b']);
  let made = '';
  for (const part of folder.split('/').slice(1)) await disk.mkdir((made += `/${part}`));
  await disk.mkdir(join(folder, 'vault'));
  await copyTree(disk, join(seed.path, 'models'), join(folder, 'models'));
}

async function copyTree(disk: PowerLossFileSystem, from: string, to: string): Promise<void> {
  const { kind, size, mtimeNs, mode } = await nodeFileSystem.lstat(from);
  if (kind === 'link') {
    await disk.symlink(await nodeFileSystem.readlink(from), to);
    return;
  }
  if (kind === 'folder') {
    await disk.mkdir(to, mode);
    for (const name of await nodeFileSystem.readdir(from))
      await copyTree(disk, join(from, name), join(to, name));
    return;
  }
  const source = await nodeFileSystem.open(from, 'read');
  const bytes = new Uint8Array(size);
  await source.read(bytes, 0);
  await source.close();
  const target = await disk.open(to, 'create');
  await target.write(bytes, 0);
  await target.utimes(mtimeNs);
}
