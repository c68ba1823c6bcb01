// A base may itself be a delta: laid over its own base, named or found by content.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyDeltaFile } from '../../../src/main/library/deltas/apply-delta.ts';
import { createDeltaFile } from '../../../src/main/library/deltas/create-delta.ts';
import { verifyDeltaFile } from '../../../src/main/library/deltas/verify-delta.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { describe, listing, namesIn } from './listing.ts';
import { writeFileModel, writeFolderModel } from './small-family.ts';
import { toolsWith } from './tools.ts';

const tools = toolsWith();
let scratch: Awaited<ReturnType<typeof scratchFolder>>;
const at = (name: string): string => join(scratch.path, name);

beforeEach(async () => {
  scratch = await scratchFolder();
});
afterEach(() => scratch[Symbol.asyncDispose]());

/** Three generations as folders; the second and third are kept as deltas only. */
async function chainOfFolders(): Promise<Record<string, string>> {
  for (const [n, name] of ['first', 'second', 'third'].entries()) await writeFolderModel(at(name), n);
  const third = await listing(at('third'));
  await createDeltaFile(tools, { child: at('second'), bases: [at('first')] }, {});
  await createDeltaFile(tools, { child: at('third'), bases: [at('second.dshelf')] }, {});
  await rm(at('second'), { recursive: true });
  await rm(at('third'), { recursive: true });
  return third;
}

test('a chain of three: the base of the base is found by content', async () => {
  const third = await chainOfFolders();
  const request = { file: at('third.dshelf'), bases: [at('second.dshelf')] };
  await verifyDeltaFile(tools, request, {});
  await applyDeltaFile(tools, { ...request, output: at('third') }, {});
  expect(await listing(at('third'))).toEqual(third);
});

test('without any base named, all of the chain is found beside the delta', async () => {
  const third = await chainOfFolders();
  await rename(at('first'), at('under another name'));
  await applyDeltaFile(tools, { file: at('third.dshelf'), bases: [], output: at('third') }, {});
  expect(await listing(at('third'))).toEqual(third);
});

test('a base that was saved again under its name is found beside the delta', async () => {
  for (const [n, name] of ['base.safetensors', 'tuned.safetensors'].entries())
    await writeFileModel(at(name), n);
  const tuned = await describe(at('tuned.safetensors'));
  await createDeltaFile(tools, { child: at('tuned.safetensors'), bases: [at('base.safetensors')] }, {});
  await rm(at('tuned.safetensors'));
  const saved = await readFile(at('base.safetensors'));
  const end = 8 + saved.readUInt32LE(0);
  const again = Buffer.concat([saved.subarray(0, end), Buffer.alloc(640, ' '), saved.subarray(end)]);
  again.writeUInt32LE(end - 8 + 640);
  await writeFile(at('base.safetensors'), again);
  await applyDeltaFile(tools, { file: at('tuned.safetensors.dshelf'), bases: [], output: at('back') }, {});
  expect(await describe(at('back/tuned.safetensors'))).toEqual(tuned);
});

test('a chain of three: the base of the base is named', async () => {
  const third = await chainOfFolders();
  await using elsewhere = await scratchFolder();
  await rename(at('first'), join(elsewhere.path, 'first'));
  await mkdir(at('archive'));
  await rename(at('second.dshelf'), at('archive/second.dshelf'));
  const bases = [at('archive/second.dshelf')];
  const request = { file: at('third.dshelf'), bases, output: at('third') };
  await expect(applyDeltaFile(tools, request, {})).rejects.toMatchObject({
    code: 'parent-missing',
    message: expect.stringContaining('"second.dshelf" is itself a delta, and its own base "first"') as string,
  });
  expect(await namesIn(scratch.path)).toEqual(['archive', 'third.dshelf']);
  const basesOf = [{ file: at('archive/second.dshelf'), base: join(elsewhere.path, 'first') }];
  await applyDeltaFile(tools, { ...request, basesOf }, {});
  expect(await listing(at('third'))).toEqual(third);
});

test('a base of a base is found among the bases given, though one is a file and one a folder', async () => {
  for (const [n, name] of ['a', 'b', 'c'].entries()) await writeFileModel(at(`${name}.safetensors`), n);
  await mkdir(at('far'));
  const before = await describe(at('c.safetensors'));
  await createDeltaFile(tools, { child: at('b.safetensors'), bases: [at('a.safetensors')] }, {});
  await rename(at('a.safetensors'), at('far/model.safetensors'));
  await rm(at('b.safetensors'));
  const bases = [at('b.safetensors.dshelf'), at('far')];
  const { tensors } = await createDeltaFile(tools, { child: at('c.safetensors'), bases }, {});
  expect(tensors).toMatchObject({ predicted: 3, unchanged: 1 });
  await rm(at('c.safetensors'));
  const request = { file: at('c.safetensors.dshelf'), bases, output: at('.') };
  await applyDeltaFile(tools, request, {});
  expect(await describe(at('c.safetensors'))).toBe(before);
});

test('a delta is known by its content, not by its name', async () => {
  const third = await chainOfFolders();
  await rename(at('second.dshelf'), at('second.backup'));
  const request = { file: at('third.dshelf'), bases: [at('second.backup')], output: at('third') };
  await applyDeltaFile(tools, request, {});
  expect(await listing(at('third'))).toEqual(third);
});

test('a circle of bases is refused', async () => {
  await writeFolderModel(at('x'), 0);
  await writeFolderModel(at('y'), 1);
  await createDeltaFile(tools, { child: at('x'), bases: [at('y')] }, {});
  await createDeltaFile(tools, { child: at('y'), bases: [at('x')] }, {});
  await rm(at('x'), { recursive: true });
  await rm(at('y'), { recursive: true });
  const request = { file: at('x.dshelf'), output: at('x') };
  const circle = [
    { file: at('x.dshelf'), base: at('y.dshelf') },
    { file: at('y.dshelf'), base: at('x.dshelf') },
  ];
  await expect(
    applyDeltaFile(tools, { ...request, bases: [at('y.dshelf')], basesOf: circle }, {}),
  ).rejects.toMatchObject({ code: 'parent-missing', message: expect.stringContaining('circle') as string });
  for (const bases of [[at('y.dshelf')], []]) {
    await expect(applyDeltaFile(tools, { ...request, bases }, {})).rejects.toMatchObject({
      code: 'parent-missing',
    });
  }
  expect(await namesIn(scratch.path)).toEqual(['x.dshelf', 'y.dshelf']);
});

test('a chain is followed sixteen deltas deep, and no further', async () => {
  let parent = await writeFileModel(at('0.safetensors'), 0);
  const links: string[] = [];
  for (let n = 1; n <= 18; n += 1) {
    const child = await writeFileModel(at(`${n}.safetensors`), n);
    links.push((await createDeltaFile(tools, { child, bases: [parent] }, {})).output);
    parent = child;
  }
  for (let n = 1; n <= 18; n += 1) await rm(at(`${n}.safetensors`));
  const apply = (n: number) =>
    applyDeltaFile(tools, { file: links[n] ?? '', bases: [links[n - 1] ?? ''], output: at(`out${n}`) }, {});
  await apply(16);
  expect(await readFile(at('out16/17.safetensors'))).toHaveLength(
    (await readFile(at('0.safetensors'))).length,
  );
  await expect(apply(17)).rejects.toMatchObject({ code: 'parent-missing' });
});
