import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listing } from '../deltas/listing.ts';
import { generation, writeFolderModel } from '../deltas/small-family.ts';
import { openLibrary, storeVerified, type Library } from './library.ts';

let library: Library;
const at = (path: string) => library.at(path);
const path = (name: string) => ({ kind: 'path' as const, path: at(name), name });

beforeEach(async () => {
  library = await openLibrary();
  for (const [n, name] of ['base', 'child', 'grandchild'].entries()) await writeFolderModel(at(name), n);
});
afterEach(() => library[Symbol.asyncDispose]());

test('a model on disk is stored against another parent', async () => {
  const before = await storeVerified(library.steps, at('grandchild'), at('base'));
  const after = await library.steps.rebase(before.id, [path('child')], {});
  expect(after).toMatchObject({
    id: before.id,
    delta: { file: 'grandchild.dshelf' },
    parents: [{ name: 'child' }],
  });
  expect(after.files).toEqual(before.files);
  expect(after.delta.sha256).not.toBe(before.delta.sha256);
  await rename(at('base'), at('gone'));
  const steps = await library.reopen();
  expect(steps.state.stored.get(before.id)).toEqual(after);
  await steps.verify(before.id, {});
});

test('a model of which only the delta is left is decoded first, and its new base is held', async () => {
  const whole = await listing(at('grandchild'));
  const { id } = await storeVerified(library.steps, at('grandchild'), at('base'));
  await rm(at('grandchild'), { recursive: true });
  await library.steps.rebase(id, [path('child')], {});
  expect([...library.steps.state.anchors.values()]).toMatchObject([{ name: 'child', path: at('child') }]);
  await rm(at('base'), { recursive: true });
  await rm(at('child'), { recursive: true });
  await library.steps.reconstruct({ id }, {});
  expect(await listing(at('grandchild'))).toEqual(whole);
  expect((await readdir(at('vault'))).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a folder that has more files now is stored as it was, not as it is', async () => {
  const whole = await listing(at('child'));
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  await writeFile(at('child/later.txt'), 'later');
  const after = await library.steps.rebase(id, [path('grandchild')], {});
  expect(after.files.map((file) => file.path)).not.toContain('later.txt');
  await rm(at('child'), { recursive: true });
  await library.steps.reconstruct({ id }, {});
  expect(await listing(at('child'))).toEqual(whole);
});

test('a model is never rebased onto itself or onto what is decoded with it', async () => {
  const child = await storeVerified(library.steps, at('child'), at('base'));
  const grandchild = await storeVerified(library.steps, at('grandchild'), at('child'));
  for (const parents of [
    [path('grandchild')],
    [{ kind: 'stored' as const, id: grandchild.id }],
    [{ kind: 'stored' as const, id: child.id }],
    [path('child')],
  ]) {
    await expect(library.steps.rebase(child.id, parents, {})).rejects.toMatchObject({ code: 'refused' });
  }
  expect(library.steps.state.stored.get(child.id)).toEqual(child);
  await library.steps.verify(child.id, {});
});

test('to no parent at all', async () => {
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  const after = await library.steps.rebase(id, [], {});
  expect(after.parents).toEqual([]);
  expect(after.delta.bytes).toBe((await stat(at('vault/child.dshelf'))).size);
});

test('a parent that is gone is refused and the old delta stays', async () => {
  const before = await storeVerified(library.steps, at('child'), at('base'));
  await expect(library.steps.rebase(before.id, [path('nowhere')], {})).rejects.toMatchObject({
    code: 'not-found',
  });
  await library.steps.verify(before.id, {});
  await writeFile(at('unrelated'), generation(9));
});
