import { cp, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { idsToCheck } from '../../../src/main/library/steps/index.ts';
import { listing } from '../deltas/listing.ts';
import { generation, writeFolderModel } from '../deltas/small-family.ts';
import { openLibrary, storeVerified, type Library } from './library.ts';

let library: Library;
const at = (path: string) => library.at(path);
const all = () => idsToCheck(library.steps.state, {}, new Date(Date.now() + 1000));

beforeEach(async () => {
  library = await openLibrary();
  for (const [n, name] of ['base', 'child', 'grandchild'].entries()) await writeFolderModel(at(name), n);
});
afterEach(() => library[Symbol.asyncDispose]());

async function flip(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, offset);
  await file.write(Uint8Array.of((byte[0] ?? 0) ^ 0x10), 0, 1, offset);
  await file.close();
}

test('all that is well says nothing', async () => {
  await storeVerified(library.steps, at('child'), at('base'));
  const findings = await library.steps.check(all(), {});
  expect(findings).toMatchObject([
    { name: 'child', ok: true, sentence: null, affected: [], repairableFrom: [] },
  ]);
});

test('a flipped bit anywhere in a delta is found, with all that depends on it and what could mend it', async () => {
  const child = await storeVerified(library.steps, at('child'), at('base'));
  const grandchild = await library.steps.store(
    {
      name: 'grandchild',
      path: at('grandchild'),
      parents: [{ kind: 'stored', id: child.id }],
      level: 'fast',
      lineage: [],
      roles: new Map(),
    },
    {},
  );
  const delta = at('vault/child.dshelf');
  const whole = await readFile(delta);
  for (let offset = 3; offset < whole.length; offset += Math.ceil(whole.length / 12)) {
    await flip(delta, offset);
    const [finding] = await library.steps.check([child.id], {});
    expect(finding, `bit at ${offset}`).toMatchObject({
      id: child.id,
      ok: false,
      repairableFrom: [at('child')],
    });
    expect(finding?.affected).toEqual([child.id, grandchild.stored.id]);
    await writeFile(delta, whole);
  }
});

test('a base that changed is found, and said where the vault holds it all the same', async () => {
  const child = await storeVerified(library.steps, at('child'), at('base'));
  await rm(at('child'), { recursive: true });
  await library.steps.rebase(child.id, [{ kind: 'path', path: at('base'), name: 'base' }], {});
  // Not in place: that would change the link as well.
  const weights = generation(0);
  weights[weights.length - 1] = (weights.at(-1) ?? 0) ^ 1;
  await rm(at('base/model.safetensors'));
  await writeFile(at('base/model.safetensors'), weights);
  const findings = await library.steps.check([child.id], {});
  expect(findings).toMatchObject([
    { ok: true, sentence: expect.stringContaining('changed since') as string },
  ]);
});

test('a held base that was written to in place is found, with the models that need it', async () => {
  const child = await storeVerified(library.steps, at('child'), at('base'));
  await rm(at('child'), { recursive: true });
  await library.steps.rebase(child.id, [{ kind: 'path', path: at('base'), name: 'base' }], {});
  const [anchor] = library.steps.state.anchors.values();
  await flip(at('vault/bases/base/model.safetensors'), 1000);
  const findings = await library.steps.check(all(), {});
  expect(findings.find(({ id }) => id === anchor?.id)).toMatchObject({ ok: false, affected: [child.id] });
});

test('what was checked lately, or beyond the share, is left out', async () => {
  const child = await storeVerified(library.steps, at('child'), at('base'));
  const grandchild = await storeVerified(library.steps, at('grandchild'), at('base'));
  const { state } = library.steps;
  const later = new Date(Date.now() + 10 * 86_400_000);
  expect(idsToCheck(state, { notForDays: 30 }, later)).toEqual([]);
  expect(idsToCheck(state, { notForDays: 5 }, later)).toEqual([child.id, grandchild.id]);
  expect(idsToCheck(state, { share: 0.5 }, later)).toEqual([child.id]);
  // A clock that went backwards makes everything due.
  expect(idsToCheck(state, { notForDays: 30 }, new Date(0))).toHaveLength(2);
});

test('a damaged delta is made again from the original', async () => {
  const before = await storeVerified(library.steps, at('child'), at('base'));
  await flip(at('vault/child.dshelf'), 200);
  const repaired = await library.steps.repair(before.id, undefined, {});
  expect(repaired.delta.sha256).toBe(before.delta.sha256);
  expect(repaired.parents).toEqual(before.parents);
  await rm(at('child'), { recursive: true });
  await library.steps.reconstruct({ id: before.id }, {});
});

test('a damaged delta is taken from another vault, the one named or the one that is set', async () => {
  const whole = await listing(at('child'));
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  await mkdir(at('copy'));
  await cp(at('vault/child.dshelf'), at('copy/child.dshelf'));
  await rm(at('child'), { recursive: true });
  await flip(at('vault/child.dshelf'), 200);
  await library.reopen({ settings: { copyBases: true, otherVaults: [at('copy')] } });
  expect(await library.steps.check([id], {})).toMatchObject([
    { ok: false, repairableFrom: [at('copy/child.dshelf')] },
  ]);
  await library.steps.repair(id, undefined, {});
  await flip(at('vault/child.dshelf'), 300);
  await library.steps.repair(id, at('copy/child.dshelf'), {});
  await library.steps.reconstruct({ id }, {});
  expect(await listing(at('child'))).toEqual(whole);
});

test('where nothing has what is needed, the damaged delta is kept', async () => {
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  await rm(at('child'), { recursive: true });
  await flip(at('vault/child.dshelf'), 200);
  const damaged = await readFile(at('vault/child.dshelf'));
  await expect(library.steps.repair(id, undefined, {})).rejects.toMatchObject({ code: 'refused' });
  expect(await readFile(at('vault/child.dshelf'))).toEqual(damaged);
});

test('a copy of another model is not taken for a repair', async () => {
  const { id } = await storeVerified(library.steps, at('child'), at('base'));
  await storeVerified(library.steps, at('grandchild'), at('base'));
  await mkdir(at('copy'));
  await cp(at('vault/grandchild.dshelf'), at('copy/child.dshelf'));
  await rm(at('child'), { recursive: true });
  await flip(at('vault/child.dshelf'), 200);
  await expect(library.steps.repair(id, at('copy'), {})).rejects.toMatchObject({ code: 'delta-damaged' });
});

test('a delta without sidecar, or with a damaged one, gets a new one and keeps its id', async () => {
  const child = await storeVerified(library.steps, at('child'), at('base'));
  await storeVerified(library.steps, at('grandchild'), at('base'));
  await library.steps.close();
  await writeFile(at('vault/child.json'), JSON.stringify({ ...child, format: 7 }));
  await rm(at('vault/grandchild.json'));
  await writeFile(at('vault/foreign.dshelf'), 'no delta');
  const steps = await library.reopen();
  expect(steps.recovered.map(({ step, name }) => [step, name])).toEqual([
    ['sidecar', 'child'],
    ['sidecar', 'grandchild'],
  ]);
  expect(steps.state.stored.get(child.id)).toMatchObject({
    path: at('child'),
    verifiedAt: null,
    files: child.files,
  });
  expect(await readdir(at('vault'))).toEqual(
    expect.arrayContaining(['child.json.damaged', 'foreign.dshelf']),
  );
  const [grandchild] = [...steps.state.stored.values()].filter(({ name }) => name === 'grandchild');
  await expect(steps.reconstruct({ id: grandchild?.id ?? '' }, {})).rejects.toMatchObject({ code: 'usage' });
  const hinted = await library.reopen({ hints: () => Promise.resolve([at('base')]) });
  expect(hinted.recovered).toEqual([]);
  await hinted.reconstruct({ id: grandchild?.id ?? '', to: at('out') }, {});
});

test('a delta is forgotten only while its model is whole and nothing depends on it', async () => {
  const child = await storeVerified(library.steps, at('child'), at('base'));
  const grandchild = await storeVerified(library.steps, at('grandchild'), at('child'));
  await rename(at('grandchild'), at('aside'));
  await expect(library.steps.forget(child.id, {})).rejects.toMatchObject({ code: 'refused' });
  await expect(library.steps.forget(grandchild.id, {})).rejects.toMatchObject({ code: 'refused' });
  await rename(at('aside'), at('grandchild'));
  await library.steps.forget(grandchild.id, {});
  await library.steps.forget(child.id, {});
  const steps = await library.reopen();
  expect(steps.state.stored.size).toBe(0);
  expect((await readdir(at('vault'))).filter((name) => /child/u.test(name))).toEqual([]);
});
