import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../src/main/library/index.ts';
import { DeltashelfError } from '../../src/shared/index.ts';
import type { Steps } from '../../src/main/library/steps/index.ts';
import { PowerLossFileSystem } from '../faults/power-loss-file-system.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';
import { openVaultIn, request, storeVerified } from '../library/steps/library.ts';
import { writeFileModel } from '../library/deltas/small-family.ts';
import { wish, writeFamily } from '../library/steps/reclaimed.ts';
import { expectNoOrphans, expectNothingLost, originalsIn } from './nothing-lost.ts';

/** A step, and what was done before it, in a folder with the folders `models/base`, `a`, `b` and the file `models/c`. */
export interface Scenario {
  /** Whether originals are purged before or meanwhile: else every one must be on disk or in quarantine. */
  readonly purges?: true;
  readonly prepare: (steps: Steps, folder: string, disk: FileSystem) => Promise<unknown>;
  readonly action: (steps: Steps, folder: string) => Promise<unknown>;
}

/** A scenario up to its step, on a disk in memory under the path of a real folder that holds only the vaults' locks. */
export interface Prepared extends AsyncDisposable {
  readonly folder: string;
  readonly disk: PowerLossFileSystem;
  /** Opens the vault on some disk, and closes it when the work is done or has failed. */
  readonly withSteps: <T>(fs: FileSystem, work: (steps: Steps) => Promise<T>) => Promise<T>;
  /** Opens the vault, as after a restart: nothing is lost, nothing stays behind, and another start finds nothing to do. */
  readonly expectSound: (
    disk: PowerLossFileSystem,
    then?: (steps: Steps) => Promise<unknown>,
  ) => Promise<void>;
}

/** @param faults whether calls fail: the power then stays on, and a note that could not be read may stay */
export async function prepare({ purges, prepare: before }: Scenario, faults = false): Promise<Prepared> {
  const scratch = await scratchFolder();
  const folder = scratch.path;
  for (const name of ['vault', 'moved']) await mkdir(join(folder, name));
  const disk = new PowerLossFileSystem();
  await copyFamily(disk, folder);
  const originals = await originalsIn(disk, join(folder, 'models'));
  const withSteps = <T>(fs: FileSystem, work: (steps: Steps) => Promise<T>) => withOpened(fs, folder, work);
  await withSteps(disk, (steps) => before(steps, folder, disk));
  disk.flushAll();
  const expectKept = async (left: FileSystem, steps: Steps): Promise<void> => {
    await expectNoOrphans(left, steps, folder, originals, faults ? 'any' : 'gone');
    const out = join(folder, 'out', crypto.randomUUID());
    const found = await expectNothingLost(left, steps, originals, out);
    if (purges !== true) expect(found.onlyStored).toBe(0);
  };
  return {
    folder,
    disk,
    withSteps,
    async expectSound(left, then = () => Promise.resolve()) {
      await withSteps(left, async (steps) => {
        await expectKept(left, steps);
        await then(steps);
      });
      const again = faults ? left : left.afterPowerCut();
      await withSteps(again, async (steps) => {
        expect(steps.recovered).toEqual([]);
        if (!faults) await expectKept(again, steps);
      });
    },
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
}

const idOf = (steps: Steps, wanted: string): string =>
  [...steps.state.stored.values()].find(({ name }) => name === wanted)?.id ?? '';

const store = (steps: Steps, folder: string, name = 'a') =>
  storeVerified(steps, join(folder, 'models', name), join(folder, 'models/base'));

const reclaim = (steps: Steps, folder: string, name = 'a') =>
  steps.reclaim(wish(folder, [idOf(steps, name)], { sideFiles: true }), {});

/** Fails where anything stays. */
async function purge(steps: Steps, name = 'a'): Promise<void> {
  const entries = [...steps.state.quarantine.values()].filter((entry) => entry.name === name);
  const outcomes = await steps.purge(
    entries.map(({ id }) => id),
    { now: true },
    {},
  );
  const stays = outcomes.find(({ purged }) => !purged);
  if (stays) throw new DeltashelfError('refused', stays.sentence ?? '');
}

async function reclaimed(steps: Steps, folder: string, name = 'a'): Promise<void> {
  await store(steps, folder, name);
  await reclaim(steps, folder, name);
}

async function reclaimedTwo(steps: Steps, folder: string): Promise<void> {
  await reclaimed(steps, folder);
  await store(steps, folder, 'b');
  await steps.reclaim(wish(folder, [idOf(steps, 'b')]), {});
}

async function purged(steps: Steps, folder: string, name = 'a'): Promise<void> {
  await reclaimed(steps, folder, name);
  await purge(steps, name);
}

const base = (folder: string) => ({
  name: 'base',
  path: join(folder, 'models/base'),
  files: ['model.safetensors', 'config.json'],
});

const undoLast = (steps: Steps) => steps.undo(undefined, {});

export const scenarios = {
  store: { prepare: () => Promise.resolve(), action: (steps, folder) => store(steps, folder) },
  reclaim: {
    prepare: (steps, folder) => store(steps, folder),
    action: (steps, folder) => reclaim(steps, folder),
  },
  purge: {
    purges: true,
    prepare: (steps, folder) => reclaimed(steps, folder),
    action: (steps) => purge(steps),
  },
  'purge of one of two': { purges: true, prepare: reclaimedTwo, action: (steps) => purge(steps) },
  'undo of a reclaim': { prepare: (steps, folder) => reclaimed(steps, folder), action: undoLast },
  'undo of one of two': { prepare: reclaimedTwo, action: undoLast },
  remove: {
    prepare: () => Promise.resolve(),
    action: (steps, folder) => steps.remove(base(folder), [join(folder, 'models')], {}),
  },
  'reconstruct in place': {
    purges: true,
    prepare: (steps, folder) => purged(steps, folder),
    action: (steps) => steps.reconstruct({ id: idOf(steps, 'a') }, {}),
  },
  'reconstruct what is missing': {
    purges: true,
    prepare: async (steps, folder, disk) => {
      await purged(steps, folder);
      await steps.reconstruct({ id: idOf(steps, 'a') }, {});
      await disk.unlink(join(folder, 'models/a/model.safetensors'));
    },
    action: (steps) => steps.reconstruct({ id: idOf(steps, 'a') }, {}),
  },
  'reconstruct a file': {
    purges: true,
    prepare: (steps, folder) => purged(steps, folder, 'c'),
    action: (steps) => steps.reconstruct({ id: idOf(steps, 'c') }, {}),
  },
  'undo of a reconstruction': {
    purges: true,
    prepare: async (steps, folder) => {
      await purged(steps, folder);
      await steps.reconstruct({ id: idOf(steps, 'a') }, {});
    },
    action: undoLast,
  },
  rebase: {
    purges: true,
    prepare: (steps, folder) => purged(steps, folder),
    action: (steps, folder) =>
      steps.rebase(idOf(steps, 'a'), [{ kind: 'path', path: join(folder, 'models/b'), name: 'b' }], {}),
  },
  'undo of a compress': {
    prepare: (steps, folder) =>
      steps.store(request(join(folder, 'models/a'), join(folder, 'models/base')), {}),
    action: undoLast,
  },
  repair: {
    prepare: async (steps, folder, disk) => {
      await store(steps, folder);
      const delta = await disk.open(join(folder, 'vault/a.dshelf'), 'modify');
      await delta.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff), 200);
      await delta.close();
    },
    action: (steps) => steps.repair(idOf(steps, 'a'), undefined, {}),
  },
  forget: {
    prepare: (steps, folder) => store(steps, folder),
    action: (steps) => steps.forget(idOf(steps, 'a'), {}),
  },
  'move of the vault': {
    purges: true,
    prepare: async (steps, folder) => {
      await purged(steps, folder);
      await reclaimed(steps, folder, 'b');
    },
    action: (steps, folder) => steps.move(join(folder, 'moved'), {}),
  },
} satisfies Record<string, Scenario>;

async function withOpened<T>(fs: FileSystem, folder: string, work: (steps: Steps) => Promise<T>): Promise<T> {
  const steps = await openVaultIn(folder, fs);
  try {
    return await work(steps);
  } finally {
    await steps.close();
  }
}

/** Writes a base and three fine-tunes into a disk in memory. */
async function copyFamily(disk: PowerLossFileSystem, folder: string): Promise<void> {
  await using seed = await scratchFolder();
  await writeFamily(seed.path, ['a', 'b']);
  await writeFileModel(join(seed.path, 'models/c'), 3);
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
    for (const name of await nodeFileSystem.readdir(from)) {
      await copyTree(disk, join(from, name), join(to, name));
    }
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
