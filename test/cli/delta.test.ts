// The delta commands from end to end: what they print, in words and as JSON.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  applyResultSchema,
  createResultSchema,
  inspectResultSchema,
  verifyResultSchema,
} from '../../src/shared/index.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';
import { listing, namesIn } from '../library/deltas/listing.ts';
import { generation, writeFileModel, writeFolderModel } from '../library/deltas/small-family.ts';
import { resultOf, runCommand } from './run-command.ts';

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
const at = (name: string): string => join(scratch.path, name);
const oneThread = ['--threads', '1'];

beforeEach(async () => {
  scratch = await scratchFolder();
  await writeFolderModel(at('base'), 0);
  await writeFolderModel(at('child'), 1);
});
afterEach(() => scratch[Symbol.asyncDispose]());

const create = (...args: string[]) => [
  'delta',
  'create',
  at('child'),
  '--base',
  at('base'),
  ...oneThread,
  ...args,
];

test('a folder, in words', async () => {
  const before = await listing(at('child'));
  const created = await runCommand(create());
  expect(created).toMatchObject({ code: 0, err: '' });
  expect(created.out).toMatch(
    /child\.dshelf\n1\.8 kB stored in \d\.\d kB, (not smaller|\d\.\d\dx smaller); .* s, .*\/s\n4 tensors: 1 unchanged, 3 predicted, 0 stored alone\n$/u,
  );
  const file = at('child.dshelf');
  const verified = await runCommand(['delta', 'verify', file, '--base', at('base'), ...oneThread]);
  expect(verified.out).toMatch(/child\.dshelf verified: 3 files, 1\.8 kB, decoded from .* and identical; /u);
  const applied = await runCommand([
    'delta',
    'apply',
    file,
    '--base',
    at('base'),
    '-o',
    at('again'),
    ...oneThread,
  ]);
  expect(applied.out).toMatch(/again\n3 files, 1\.8 kB, identical; /u);
  expect(await listing(at('again'))).toEqual(before);
});

test('a folder, as JSON', async () => {
  const created = await resultOf(createResultSchema, create('-o', at('x.dshelf')));
  expect(created).toMatchObject({ output: at('x.dshelf'), warnings: [], tensors: { total: 4 } });
  expect(created.ratio).toBeCloseTo(created.storedBytes / created.originalBytes);
  const file = at('x.dshelf');
  const base = ['--base', at('base'), ...oneThread];
  const verified = await resultOf(verifyResultSchema, ['delta', 'verify', file, ...base]);
  expect(verified).toMatchObject({ file, verified: true, bytes: created.originalBytes });
  const applied = await resultOf(applyResultSchema, ['delta', 'apply', file, '-o', at('again'), ...base]);
  expect(applied).toMatchObject({ output: at('again'), kind: 'folder', files: 3 });
});

test('a single file', async () => {
  await writeFileModel(at('b.safetensors'), 0);
  await writeFileModel(at('c.safetensors'), 1);
  const base = ['--base', at('b.safetensors'), ...oneThread];
  const created = await resultOf(createResultSchema, ['delta', 'create', at('c.safetensors'), ...base]);
  expect(created.output).toBe(at('c.safetensors.dshelf'));
  const args = ['delta', 'apply', created.output, ...base, '-o', at('out')];
  const applied = await resultOf(applyResultSchema, args);
  expect(applied).toMatchObject({ output: at('out/c.safetensors'), kind: 'file', files: 1 });
  expect(await readFile(at('out/c.safetensors'))).toEqual(Buffer.from(generation(1)));
});

test('two threads give the same bytes back', async () => {
  await runCommand([...create().slice(0, -2), '--threads', '2']);
  const args = [
    'delta',
    'apply',
    at('child.dshelf'),
    '--base',
    at('base'),
    '-o',
    at('again'),
    '--threads',
    '2',
  ];
  expect(await runCommand(args)).toMatchObject({ code: 0 });
  expect(await readFile(at('again/model.safetensors'))).toEqual(Buffer.from(generation(1)));
});

test('a chain of three with --base-of', async () => {
  await using elsewhere = await scratchFolder();
  await writeFolderModel(at('grandchild'), 2);
  const before = await listing(at('grandchild'));
  await runCommand(create());
  await rename(at('base'), join(elsewhere.path, 'base'));
  await rm(at('child'), { recursive: true });
  const middle = at('child.dshelf');
  const base = ['--base', middle, '--base-of', `${middle}=${join(elsewhere.path, 'base')}`, ...oneThread];
  const created = await resultOf(createResultSchema, ['delta', 'create', at('grandchild'), ...base]);
  expect(created.tensors).toMatchObject({ unchanged: 1, predicted: 3 });
  await rm(at('grandchild'), { recursive: true });
  const args = ['delta', 'apply', created.output, ...base, '-o', at('grandchild')];
  expect(await runCommand(args)).toMatchObject({ code: 0 });
  expect(await listing(at('grandchild'))).toEqual(before);
});

test('several bases', async () => {
  await mkdir(at('more'));
  await writeFile(at('more/notes.txt'), 'what both have '.repeat(300));
  await writeFile(at('child/notes.txt'), 'what both have '.repeat(300));
  const args = create('--base', at('more'), '-o', at('two.dshelf'));
  await resultOf(createResultSchema, args);
  const inspected = await resultOf(inspectResultSchema, ['delta', 'inspect', at('two.dshelf')]);
  expect(inspected.parents.map(({ name }) => name).sort()).toEqual(['base', 'more']);
});

test('inspect tells what a delta holds, without its base', async () => {
  const created = await resultOf(createResultSchema, create());
  await rm(at('base'), { recursive: true });
  await rm(at('child'), { recursive: true });
  const inspected = await resultOf(inspectResultSchema, ['delta', 'inspect', at('child.dshelf')]);
  const { originalBytes, storedBytes, parts, files, segments, parents } = inspected;
  expect({ originalBytes, storedBytes }).toEqual({
    originalBytes: created.originalBytes,
    storedBytes: created.storedBytes,
  });
  expect(parts.payload + parts.shared + parts.overhead).toBe(storedBytes);
  expect(parts.overhead).toBe(created.overheadBytes);
  expect(files.map(({ path }) => path)).toEqual(['config.json', 'model.safetensors', 'tokenizer/vocab.txt']);
  expect(files.reduce((sum, file) => sum + file.storedBytes, 0)).toBe(parts.payload);
  expect(segments.reduce((sum, segment) => sum + segment.storedBytes, 0)).toBe(parts.payload);
  expect(parents).toMatchObject([{ name: 'base', kind: 'model' }]);
  expect(segments.find(({ name }) => name === 'layer.weight')).toMatchObject({
    file: 'model.safetensors',
    dtype: 'BF16',
    shape: [16, 16],
    bytes: 512,
    parent: 0,
  });
  const { out } = await runCommand(['delta', 'inspect', at('child.dshelf')]);
  expect(out).toContain('child, a folder of 1.8 kB');
  expect(out).toContain('base: base, ');
  expect(out).toMatch(/layer\.weight +BF16 +16 x 16 +512 +\d+/u);
});

test('--quiet prints nothing, and --json still its object', async () => {
  expect(await runCommand(create('--quiet'))).toEqual({ code: 0, out: '', err: '' });
  await resultOf(createResultSchema, create('--quiet', '-o', at('y.dshelf')));
});

test('on a screen there is a bar on stderr, and nothing of it is left', async () => {
  let err = '';
  const terminal = { out: () => undefined, err: (text: string) => (err += text), columns: 80 };
  expect((await runCommand(create(), { terminal })).code).toBe(0);
  expect(err).toMatch(/Publishing/u);
  expect(err.endsWith('\r\u001b[K')).toBe(true);
  err = '';
  await runCommand(create('--quiet', '-o', at('z.dshelf')), { terminal });
  expect(err).toBe('');
});

test('nothing but the delta is left behind', async () => {
  await runCommand(create());
  expect(await namesIn(scratch.path)).toEqual(['base', 'child', 'child.dshelf']);
});
