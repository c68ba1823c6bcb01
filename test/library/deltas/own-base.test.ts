// A delta must not need the very model that it stores, whatever paths lead to it.
import { cp, link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDeltaFile } from '../../../src/main/library/deltas/create-delta.ts';
import { verifyDeltaFile } from '../../../src/main/library/deltas/verify-delta.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { writeFileModel, writeFolderModel } from './small-family.ts';
import { toolsWith } from './tools.ts';

const tools = toolsWith();
let scratch: Awaited<ReturnType<typeof scratchFolder>>;
const at = (name: string): string => join(scratch.path, name);
const create = (
  child: string,
  base: string,
  output = `${child.replaceAll('/', '-')}.dshelf`,
): Promise<unknown> =>
  createDeltaFile(tools, { child: at(child), bases: [at(base)], output: at(output) }, {});
const verify = (file: string, ...bases: string[]): Promise<unknown> =>
  verifyDeltaFile(tools, { file: at(file), bases: bases.map(at) }, {});

beforeEach(async () => {
  scratch = await scratchFolder();
});
afterEach(() => scratch[Symbol.asyncDispose]());

test('a base folder that holds nothing but the model', async () => {
  await writeFolderModel(at('models/tune'), 1);
  await expect(create('models/tune', 'models')).rejects.toMatchObject({ code: 'usage' });
});

test('a base folder that holds the model and its base: only the base is used', async () => {
  await writeFolderModel(at('models/base'), 0);
  await writeFolderModel(at('models/tune'), 1);
  await create('models/tune', 'models', 'tune.dshelf');
  await rm(at('models/tune'), { recursive: true });
  await expect(verify('tune.dshelf', 'models')).resolves.toMatchObject({ verified: true });
});

test('a model that holds its base', async () => {
  await writeFolderModel(at('models/base'), 0);
  await writeFolderModel(at('models/tune'), 1);
  await expect(create('models', 'models/base')).rejects.toMatchObject({ code: 'usage' });
});

test('another name of the same file', async () => {
  await writeFileModel(at('model.safetensors'), 1);
  await link(at('model.safetensors'), at('other.safetensors'));
  await expect(create('model.safetensors', 'other.safetensors')).rejects.toMatchObject({ code: 'usage' });
});

test('a circle through a delta', async () => {
  await writeFolderModel(at('first'), 0);
  await writeFolderModel(at('second'), 1);
  await create('first', 'second', 'first.dshelf');
  await rm(at('first'), { recursive: true });
  await expect(create('second', 'first.dshelf')).rejects.toMatchObject({ code: 'parent-missing' });
});

test('verifying without the base does not take the model beside the delta for it', async () => {
  await writeFolderModel(at('base'), 0);
  await cp(at('base'), at('copy'), { recursive: true });
  await create('copy', 'base');
  await expect(verify('copy.dshelf')).resolves.toMatchObject({ verified: true });
  await rm(at('base'), { recursive: true });
  await expect(verify('copy.dshelf')).rejects.toMatchObject({ code: 'parent-missing' });
});
