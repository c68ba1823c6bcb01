// Models come back as they were: bytes, names, modes, times, links, empty folders.
import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyDeltaFile } from '../../../src/main/library/deltas/apply-delta.ts';
import { createDeltaFile } from '../../../src/main/library/deltas/create-delta.ts';
import { verifyDeltaFile } from '../../../src/main/library/deltas/verify-delta.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { describe, listing, namesIn } from './listing.ts';
import { generation, noise, writeFileModel, writeFolderModel } from './small-family.ts';
import { toolsWith } from './tools.ts';

const tools = toolsWith();
let scratch: Awaited<ReturnType<typeof scratchFolder>>;
const at = (name: string): string => join(scratch.path, name);

beforeEach(async () => {
  scratch = await scratchFolder();
});
afterEach(() => scratch[Symbol.asyncDispose]());

test('a folder comes back with everything in it', async () => {
  await writeFolderModel(at('base'), 0);
  await writeFolderModel(at('child'), 1);
  const before = await listing(at('child'));
  const created = await createDeltaFile(tools, { child: at('child'), bases: [at('base')] }, {});
  expect(created.output).toBe(at('child.dshelf'));
  expect(created.storedBytes).toBe((await lstat(at('child.dshelf'))).size);
  expect(created.tensors).toEqual({ total: 4, unchanged: 1, predicted: 3, alone: 0 });

  const request = { file: at('child.dshelf'), bases: [at('base')] };
  const applied = await applyDeltaFile(tools, { ...request, output: at('again') }, {});
  expect(applied).toMatchObject({ output: at('again'), kind: 'folder', files: 3, warnings: [] });
  expect(await listing(at('again'))).toEqual(before);
  expect(await listing(at('child'))).toEqual(before);
});

test('a single file comes back under its own name in the folder asked for', async () => {
  await writeFileModel(at('base.safetensors'), 0);
  await writeFileModel(at('child.safetensors'), 1);
  const bases = [at('base.safetensors')];
  await createDeltaFile(tools, { child: at('child.safetensors'), bases, output: at('x.dshelf') }, {});
  for (const output of [at('new'), at('there')]) {
    if (output === at('there')) await mkdir(output);
    const applied = await applyDeltaFile(tools, { file: at('x.dshelf'), bases, output }, {});
    expect(applied).toMatchObject({ kind: 'file', output: join(output, 'child.safetensors') });
    expect(await readFile(join(output, 'child.safetensors'))).toEqual(Buffer.from(generation(1)));
    expect(await namesIn(output)).toEqual(['child.safetensors']);
  }
});

test('a model without a base, an empty file and an empty folder come back', async () => {
  await writeFileModel(at('alone.safetensors'), 0);
  await writeFile(at('nothing.bin'), '');
  await mkdir(at('hollow'));
  for (const name of ['alone.safetensors', 'nothing.bin', 'hollow']) {
    const { output } = await createDeltaFile(tools, { child: at(name), bases: [] }, {});
    const into = at(`${name}.out`);
    await applyDeltaFile(tools, { file: output, bases: [], output: into }, {});
    const restored = name === 'hollow' ? into : join(into, name);
    expect(await describe(restored)).toBe(await describe(at(name)));
  }
});

test('several bases each give what they have', async () => {
  await writeFolderModel(at('base'), 0);
  await writeFolderModel(at('child'), 1);
  await mkdir(at('other'));
  const shared = noise(5000, 3);
  await writeFile(join(at('other'), 'adapter.bin'), shared);
  await writeFile(join(at('child'), 'extra.bin'), shared);
  const bases = [at('base'), at('other')];
  const { storedBytes } = await createDeltaFile(tools, { child: at('child'), bases }, {});
  const one = await createDeltaFile(
    tools,
    { child: at('child'), bases: [at('base')], output: at('one.dshelf') },
    {},
  );
  expect(one.storedBytes - storedBytes).toBeGreaterThan(4000);
  const file = at('child.dshelf');
  await applyDeltaFile(tools, { file, bases: bases.toReversed(), output: at('again') }, {});
  expect(await readFile(join(at('again'), 'extra.bin'))).toEqual(Buffer.from(shared));
  await expect(
    applyDeltaFile(tools, { file, bases: [at('base')], output: at('lacking') }, {}),
  ).rejects.toMatchObject({ code: expect.stringMatching(/^parent-/u) as string });
  expect(await namesIn(scratch.path)).not.toContain('lacking');
});

test('verify proves the model, the delta and the base, and writes nothing', async () => {
  await writeFolderModel(at('base'), 0);
  await writeFolderModel(at('child'), 1);
  await createDeltaFile(tools, { child: at('child'), bases: [at('base')] }, {});
  const before = await namesIn(scratch.path);
  const verified = await verifyDeltaFile(tools, { file: at('child.dshelf'), bases: [at('base')] }, {});
  expect(verified).toMatchObject({ verified: true, files: 3, warnings: [] });
  expect(await namesIn(scratch.path)).toEqual(before);
});

test('progress never goes back and ends with everything', async () => {
  await writeFolderModel(at('base'), 0);
  await writeFolderModel(at('child'), 1);
  const shares: number[] = [];
  const phases = new Set<string>();
  await createDeltaFile(
    tools,
    { child: at('child'), bases: [at('base')] },
    {
      onProgress: ({ phase, doneBytes, totalBytes }) => {
        shares.push(doneBytes / totalBytes);
        phases.add(phase);
      },
    },
  );
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  expect([...phases].at(-1)).toBe('publish');
});

test('all memory is given back', () => {
  expect(tools.pool.memory.used).toBe(0);
});
