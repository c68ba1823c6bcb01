// A base that only a hard link holds: said beforehand, found out when another program writes into it, and a copy where
// a person wants that instead.
import { open, readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import type { Sidecar } from '../../../src/main/library/vault/index.ts';
import { namesIn } from '../deltas/listing.ts';
import { openLibrary, type Library } from './library.ts';
import { storeFamily, wish } from './reclaimed.ts';

const withoutClones: FileSystem = {
  ...nodeFileSystem,
  clone: () => Promise.reject(Object.assign(new Error('ENOTSUP'), { code: 'ENOTSUP' })),
};
const asCopies = { copyBases: false, anchors: 'copy', otherVaults: [] } as const;

let library: Library;
let stored: Sidecar[];
const at = (path: string): string => library.at(path);
const ids = (): string[] => stored.map(({ id }) => id);
const ways = (): string[] => [...library.steps.state.anchors.values()].map(({ how }) => how);

/** Another program changes a byte where it stands: same file, same size. */
async function writeInPlace(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, 1000);
    await file.write(Buffer.from([(byte[0] ?? 0) ^ 0xff]), 0, 1, 1000);
  } finally {
    await file.close();
  }
}

beforeEach(async () => {
  library = await openLibrary();
  await library.reopen({ fs: withoutClones });
  stored = await storeFamily(library.steps, library.folder, ['child', 'other']);
});
afterEach(() => library[Symbol.asyncDispose]());

test('a base that can only be linked is told before it is held, and after, with its children', async () => {
  const before = await namesIn(at('vault'));
  const [planned, ...others] = await library.steps.linkedBases(ids());
  expect(others).toEqual([]);
  expect(planned?.path).toBe(at('models/base'));
  expect(planned?.sentence).toMatch(/of child, other is held by a hard link/u);
  expect(await namesIn(at('vault'))).toEqual(before);
  await library.steps.reclaim(wish(library.folder, ids()), {});
  expect(ways()).toEqual(['link']);
  expect(await library.steps.linkedBases(ids())).toEqual([planned]);
});

test('what another program writes into a linked base in place is found by a check, with who needs it', async () => {
  await library.steps.reclaim(wish(library.folder, ids()), {});
  await writeInPlace(at('models/base/model.safetensors'));
  const [anchor] = library.steps.state.anchors.values();
  const [found] = await library.steps.check([anchor?.id ?? ''], {});
  expect(found).toMatchObject({ ok: false, affected: ids() });
  expect(found?.sentence).toContain('has changed');
  // And nothing is deleted that only it could give back.
  const [entry] = library.steps.state.quarantine.values();
  expect(await library.steps.purge([entry?.id ?? ''], { now: true }, {})).toMatchObject([{ purged: false }]);
});

test('where clones are made there is nothing to tell', async () => {
  const cloning: FileSystem = {
    ...nodeFileSystem,
    clone: async (from, to) => {
      const bytes = await readFile(from);
      const file = await open(to, 'wx');
      await file.writeFile(bytes);
      await file.close();
    },
  };
  await library.reopen({ fs: cloning });
  expect(await library.steps.linkedBases(ids())).toEqual([]);
  await library.steps.reclaim(wish(library.folder, ids()), {});
  expect(ways()).toEqual(['clone']);
  expect(await library.steps.linkedBases(ids())).toEqual([]);
});

test('with copies wanted the base is stored, and writing into it takes no child away', async () => {
  await library.reopen({ fs: withoutClones, settings: asCopies });
  expect(await library.steps.linkedBases(ids())).toEqual([]);
  await library.steps.reclaim(wish(library.folder, ids()), {});
  expect(ways()).toEqual(['stored']);
  for (const { id } of [...library.steps.state.quarantine.values()]) {
    await library.steps.purge([id], { now: true }, {});
  }
  await writeInPlace(at('models/base/model.safetensors'));
  for (const id of ids()) await library.steps.reconstruct({ id }, {});
});

test('a base that was linked before copies were wanted is held once more, as a copy', async () => {
  const [first = '', second = ''] = ids();
  await library.steps.reclaim(wish(library.folder, [first]), {});
  expect(ways()).toEqual(['link']);
  await library.reopen({ fs: withoutClones, settings: asCopies });
  await library.steps.reclaim(wish(library.folder, [second]), {});
  expect(ways().sort()).toEqual(['link', 'stored']);
  expect(await library.steps.linkedBases(ids())).toEqual([]);
});
