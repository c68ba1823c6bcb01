import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Sidecar } from '../../../src/main/library/vault/index.ts';
import { listing } from '../deltas/listing.ts';
import { openLibrary, storeVerified, type Library } from './library.ts';
import { wish, writeFamily } from './reclaimed.ts';

// A family in which all have the same tokenizer, files of the same names and sizes, and deltas over deltas.

let library: Library;
let stored: Sidecar[];
let before: Record<string, string>;
const at = (path: string): string => library.at(path);
const names = ['first', 'second', 'third', 'sister'];

/** All below it: the time of the folder itself changes when models come and go. */
async function modelsNow(): Promise<Record<string, string>> {
  const models = await listing(at('models'));
  delete models[''];
  return models;
}

beforeEach(async () => {
  library = await openLibrary();
  await writeFamily(library.folder, names);
  before = await modelsNow();
  const parents = ['base', 'first', 'second', 'first'];
  stored = [];
  for (const [n, name] of names.entries()) {
    const parent = at(`models/${parents[n] ?? ''}`);
    stored.push(await storeVerified(library.steps, at(`models/${name}`), parent));
  }
});
afterEach(() => library[Symbol.asyncDispose]());

test.each([
  ['parents first', [0, 1, 2, 3]],
  ['children first', [3, 2, 1, 0]],
  ['in any order', [2, 0, 3, 1]],
])('reclaimed %s, only the base is held, and all of the family is freed', async (_, order) => {
  for (const n of order) await library.steps.reclaim(wish(library.folder, [stored[n]?.id ?? '']), {});
  expect([...library.steps.state.anchors.values()].map(({ name }) => name)).toEqual(['base']);
  expect(library.steps.state.quarantine.size).toBe(4);
  const entries = [...library.steps.state.quarantine.keys()];
  const purged = await library.steps.purge(entries, { now: true }, {});
  expect(purged.map(({ purged: done }) => done)).toEqual([true, true, true, true]);
  for (const { id } of stored) await library.steps.reconstruct({ id }, {});
  expect(await modelsNow()).toEqual(before);
});

test('hints that lead to another model of the family do not keep one from coming back', async () => {
  await library.reopen({ hints: () => Promise.resolve([at('models/base'), at('models/sister')]) });
  await rm(at('models/second'), { recursive: true });
  await rm(at('models/third'), { recursive: true });
  await library.steps.reconstruct({ id: stored[2]?.id ?? '' }, {});
  await library.steps.reconstruct({ id: stored[1]?.id ?? '' }, {});
  expect(await modelsNow()).toEqual(before);
});
