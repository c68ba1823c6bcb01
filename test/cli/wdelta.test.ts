// .wdelta files of deltatensors from end to end by the command line: import, export, inspect, apply.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  applyResultSchema,
  createResultSchema,
  exportResultSchema,
  importResultSchema,
  inspectWdeltaResultSchema,
  verifyResultSchema,
} from '../../src/shared/index.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';
import { hasWdeltas, readWdelta, wdeltaPath } from '../fixtures/wdelta-reference.ts';
import { buildSafetensors } from '../fixtures/safetensors-file.ts';
import { float16, float32 } from '../fixtures/wdelta-file.ts';
import { listing } from '../library/deltas/listing.ts';
import { writeFolderModel } from '../library/deltas/small-family.ts';
import { failureOf, resultOf, runCommand } from './run-command.ts';

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
const at = (name: string): string => join(scratch.path, name);
const oneThread = ['--threads', '1'];
const count = 600;
const values = (seed: number): number[] =>
  Array.from({ length: count }, (_, place) => Math.round(Math.sin(place * 7 + seed) * 512) / 1024);
const moved = (by: number): number[] => values(1).map((value, place) => value + Math.cos(place * by) / 64);

/** A model of one float32 matrix and a vector. */
function model(numbers: readonly number[]): Uint8Array {
  return buildSafetensors([
    { name: 'a.weight', dtype: 'F32', shape: [20, 30], data: float32(...numbers) },
    { name: 'b.bias', dtype: 'F32', shape: [3], data: float32(...numbers.slice(0, 3)) },
  ]);
}

beforeEach(async () => {
  scratch = await scratchFolder();
  await writeFile(at('base.safetensors'), model(values(1)));
  await writeFile(at('child.safetensors'), model(moved(3)));
  await writeFile(at('grandchild.safetensors'), model(moved(5)));
});
afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

const base = (...more: readonly string[]): string[] =>
  ['base.safetensors', ...more].flatMap((name) => ['--base', at(name)]);
const exported = (child: string, output: string, strategy: string, ...more: readonly string[]) =>
  resultOf(exportResultSchema, [
    ...['delta', 'export', at(child), '--strategy', strategy, '-o', at(output)],
    ...(more.length > 0 ? more : base()),
    ...oneThread,
  ]);
const applied = (file: string, output: string, bases: readonly string[]) =>
  resultOf(applyResultSchema, ['delta', 'apply', at(file), '-o', at(output), ...bases, ...oneThread]);

async function floatsOf(path: string): Promise<Float32Array> {
  const bytes = await readFile(path);
  return new Float32Array(
    bytes.buffer.slice(
      bytes.byteOffset + bytes.length - count * 4 - 12,
      bytes.byteOffset + bytes.length - 12,
    ),
  );
}

test.each(['sparse', 'quantized', 'int4'])(
  '%s: export, inspect, apply, import, and the import applied',
  async (strategy) => {
    const before = await listing(scratch.path);
    const out = await exported('child.safetensors', 'x.wdelta', strategy);
    expect(out).toMatchObject({
      output: at('x.wdelta'),
      strategy,
      tensors: 2,
      originalBytes: count * 4 + 12,
      warnings: [],
    });
    expect(out.storedBytes).toBe((await readFile(at('x.wdelta'))).length);
    expect(out.relativeError).toBeGreaterThan(0);
    expect(out.relativeError).toBeLessThan(0.9);

    const inspected = await resultOf(inspectWdeltaResultSchema, ['delta', 'inspect', at('x.wdelta')]);
    expect(inspected).toMatchObject({
      format: 'wdelta',
      strategy,
      parentHash: out.parentHash,
      elements: count + 3,
    });
    expect(inspected.bitsPerWeight).toBeCloseTo(out.bitsPerWeight);
    expect(inspected.tensors.map(({ name, shape, kept }) => [name, shape, kept])).toEqual([
      ['a.weight', [20, 30], { sparse: 59, quantized: null, int4: 6 }[strategy]],
      ['b.bias', [3], strategy === 'quantized' ? null : 1],
    ]);

    const restored = await applied('x.wdelta', 'restored', base());
    expect(restored).toMatchObject({
      output: at('restored/x.safetensors'),
      kind: 'file',
      files: 1,
      lossy: { codec: 'wdelta', relativeError: null, cosine: null, slope: null, largestError: null },
    });
    const from = values(1);
    const to = Float32Array.from(moved(3));
    const got = await floatsOf(at('restored/x.safetensors'));
    const energy = to.reduce((sum, value, place) => sum + (value - (from[place] ?? 0)) ** 2, 0);
    const lost = to.reduce((sum, value, place) => sum + (value - (got[place] ?? 0)) ** 2, 0);
    expect(lost / energy).toBeCloseTo(out.relativeError, 2);

    const imported = await resultOf(importResultSchema, [
      'delta',
      'import',
      at('x.wdelta'),
      ...base(),
      '-o',
      at('x.dshelf'),
      ...oneThread,
    ]);
    expect(imported).toMatchObject({
      output: at('x.dshelf'),
      model: 'x.safetensors',
      parentRule: expect.stringMatching(/^sorted names/u) as unknown,
      warnings: [],
    });
    expect(imported.tensors.total).toBe(2);
    await resultOf(verifyResultSchema, ['delta', 'verify', at('x.dshelf'), ...base(), ...oneThread]);
    const again = await applied('x.dshelf', 'again', base());
    expect(again).not.toHaveProperty('lossy');
    expect(await readFile(at('again/x.safetensors'))).toEqual(await readFile(at('restored/x.safetensors')));
    const after = await listing(scratch.path);
    for (const [name, entry] of Object.entries(before)) {
      if (name !== '' && name !== '.') expect(after).toHaveProperty([name], entry);
    }
  },
);

test('a chain: each is laid over the one before, and imported over the model alone', async () => {
  await exported('child.safetensors', '1.wdelta', 'int4');
  const chain = base('1.wdelta');
  await exported('grandchild.safetensors', '2.wdelta', 'sparse', ...chain, '--sparsity', '0');
  await applied('2.wdelta', 'out', chain);
  const got = await floatsOf(at('out/2.safetensors'));
  // Nothing was dropped: the last one makes good what the first one lost.
  expect(
    [...got].map((value, place) => Math.abs(value - (moved(5)[place] ?? 0))).every((off) => off < 1e-7),
  ).toBe(true);
  await resultOf(importResultSchema, [
    'delta',
    'import',
    at('2.wdelta'),
    ...chain,
    '-o',
    at('2.dshelf'),
    ...oneThread,
  ]);
  await applied('2.dshelf', 'again', base());
  expect(await readFile(at('again/2.safetensors'))).toEqual(await readFile(at('out/2.safetensors')));
  // Its reconstruction serves as a parent as well, as a file.
  await applied('1.wdelta', 'first', base());
  await applied('2.wdelta', 'over-file', ['--base', at('first/1.safetensors')]);
  expect(await readFile(at('over-file/2.safetensors'))).toEqual(await readFile(at('out/2.safetensors')));
});

test('a delta file is exported over the base that it has', async () => {
  const create = ['delta', 'create', at('child.safetensors'), ...base(), '-o', at('c.dshelf'), ...oneThread];
  await resultOf(createResultSchema, create);
  const fromDelta = await exported('c.dshelf', 'd.wdelta', 'int4');
  await exported('child.safetensors', 'm.wdelta', 'int4');
  expect(fromDelta.warnings).toEqual([]);
  expect(await readFile(at('d.wdelta'))).toEqual(await readFile(at('m.wdelta')));
});

test('a folder with other files in it, bfloat16 and whole numbers', async () => {
  await writeFolderModel(at('folder-base'), 0);
  await writeFolderModel(at('folder-child'), 1);
  const out = await exported('folder-child', 'f.wdelta', 'int4', '--base', at('folder-base'));
  expect(out.warnings.map(({ sentence }) => sentence)).toEqual([
    expect.stringMatching(/tensor "a\.position_ids" hold whole numbers/u),
  ]);
  expect(await applied('f.wdelta', 'out', ['--base', at('folder-base')])).toMatchObject({ files: 1 });
});

test('a base in several files', async () => {
  const [weight, bias] = [
    { name: 'a', dtype: 'F16', shape: [2], data: float16(1, 2) },
    { name: 'b', dtype: 'F16', shape: [1], data: float16(3) },
  ] as const;
  await writeFile(at('1.safetensors'), buildSafetensors([weight]));
  await writeFile(at('2.safetensors'), buildSafetensors([bias]));
  await writeFile(at('both.safetensors'), buildSafetensors([weight, bias]));
  const shards = ['--base', at('1.safetensors'), '--base', at('2.safetensors')];
  await exported('both.safetensors', 's.wdelta', 'sparse', ...shards);
  await applied('s.wdelta', 'a', shards);
  await applied('s.wdelta', 'b', ['--base', at('both.safetensors')]);
  expect(await readFile(at('a/s.safetensors'))).toEqual(await readFile(at('b/s.safetensors')));
});

test('in words', async () => {
  const args = [
    'delta',
    'export',
    at('child.safetensors'),
    ...base(),
    '--strategy',
    'int4',
    '-o',
    at('x.wdelta'),
  ];
  expect((await runCommand(args)).out).toMatch(
    /as int4 in .* bits per weight; .*\nlossy: squared error [\d.]+ % of the change\n$/u,
  );
  expect((await runCommand(['delta', 'inspect', at('x.wdelta')])).out).toMatch(
    /a \.wdelta of deltatensors, int4, lossy; its checksum holds\n2 tensors of 603 weights/u,
  );
  expect((await runCommand(['delta', 'apply', at('x.wdelta'), ...base(), '-o', at('o')])).out).toMatch(
    /as the delta says; .*\napproximation \(wdelta\), which does not say how near it comes/u,
  );
  expect(
    (await runCommand(['delta', 'import', at('x.wdelta'), ...base(), '-o', at('x.dshelf')])).out,
  ).toMatch(/x\.safetensors, .* in float32, stored in .*\nbase recognised by sorted names/u);
});

describe('refused, with nothing left behind', () => {
  beforeEach(() => exported('child.safetensors', 'x.wdelta', 'int4'));

  const commands: readonly (readonly [string, (bases: readonly string[]) => string[]])[] = [
    ['apply', (bases) => ['delta', 'apply', at('x.wdelta'), ...bases, '-o', at('out')]],
    ['import', (bases) => ['delta', 'import', at('x.wdelta'), ...bases, '-o', at('out.dshelf')]],
  ];

  test.each(commands)('%s over another model', async (_, args) => {
    const names = await readdir(scratch.path);
    const failure = await failureOf(args(['--base', at('grandchild.safetensors')]));
    expect(failure).toMatchObject({ code: 'parent-mismatch', exitCode: 5 });
    expect(failure.sentence).toMatch(/"grandchild\.safetensors" is not the model .*tried: sorted names/u);
    expect(await readdir(scratch.path)).toEqual(names);
  });

  test.each(commands)('%s without a base', async (_, args) => {
    expect(await failureOf(args([]))).toMatchObject({ code: 'parent-missing' });
  });

  test.each(commands)('%s of a damaged file', async (_, args) => {
    const bytes = await readFile(at('x.wdelta'));
    bytes[900] = (bytes[900] ?? 0) ^ 4;
    await writeFile(at('x.wdelta'), bytes);
    const names = await readdir(scratch.path);
    expect(await failureOf(args(base()))).toMatchObject({ code: 'delta-damaged', exitCode: 3 });
    expect(await failureOf(['delta', 'inspect', at('x.wdelta')])).toMatchObject({ code: 'delta-damaged' });
    expect(await readdir(scratch.path)).toEqual(names);
  });

  test.each(commands)('%s of what is only named so', async (_, args) => {
    await writeFile(at('x.wdelta'), 'not at all');
    const failure = await failureOf(args(base()));
    expect(failure).toMatchObject({ code: 'delta-foreign' });
    expect(failure.sentence).toMatch(/is not a \.wdelta file/u);
  });

  test('what exists is kept', async () => {
    await writeFile(at('out.dshelf'), 'mine');
    expect(
      await failureOf(['delta', 'import', at('x.wdelta'), ...base(), '-o', at('out.dshelf')]),
    ).toMatchObject({ code: 'target-exists' });
    const again = [
      'delta',
      'export',
      at('child.safetensors'),
      ...base(),
      '--strategy',
      'int4',
      '-o',
      at('x.wdelta'),
    ];
    expect(await failureOf(again)).toMatchObject({ code: 'target-exists' });
    expect(await readFile(at('out.dshelf'), 'utf8')).toBe('mine');
  });

  test('export without a base, with none of its strategies, with a share that is none', async () => {
    const args = ['delta', 'export', at('child.safetensors'), '-o', at('y.wdelta')];
    expect(await failureOf([...args, '--strategy', 'int4'])).toMatchObject({ code: 'parent-missing' });
    expect(await failureOf([...args, ...base()])).toMatchObject({ code: 'usage' });
    expect(await failureOf([...args, ...base(), '--strategy', 'zip'])).toMatchObject({ code: 'usage' });
    for (const share of ['1.5', '-1', '1', 'all']) {
      const wrong = [...args, ...base(), '--strategy', 'sparse', '--sparsity', share];
      expect(await failureOf(wrong)).toMatchObject({ code: 'usage' });
    }
    expect(await readdir(scratch.path)).not.toContain('y.wdelta');
  });

  test('export of a model that has other tensors leaves no file', async () => {
    await writeFile(at('other.safetensors'), buildSafetensors([{ name: 'c', dtype: 'F32', shape: [1] }]));
    const names = await readdir(scratch.path);
    const args = [
      'delta',
      'export',
      at('other.safetensors'),
      ...base(),
      '--strategy',
      'int4',
      '-o',
      at('y.wdelta'),
    ];
    expect(await failureOf(args)).toMatchObject({ code: 'usage', place: { tensor: 'a.weight' } });
    expect(await readdir(scratch.path)).toEqual(names);
  });
});

test('a delta file of ours that is named .wdelta is still one', async () => {
  await resultOf(createResultSchema, [
    'delta',
    'create',
    at('child.safetensors'),
    ...base(),
    '-o',
    at('mine.wdelta'),
    ...oneThread,
  ]);
  expect(await applied('mine.wdelta', 'out', base())).not.toHaveProperty('lossy');
  expect(await readFile(at('out/child.safetensors'))).toEqual(await readFile(at('child.safetensors')));
});

describe.skipIf(!hasWdeltas)('files of deltatensors', () => {
  test.each([
    ['bf16-int4', ['base-bf16.safetensors']],
    ['sharded-int4', ['sharded-base-1.safetensors', 'sharded-base-2.safetensors']],
    ['chain-2', ['base-bf16.safetensors', 'chain-1.wdelta']],
  ])('%s is applied and imported', async (name, bases) => {
    const given = bases.flatMap((path) => ['--base', wdeltaPath(path)]);
    const file = wdeltaPath(`${name}.wdelta`);
    await resultOf(applyResultSchema, ['delta', 'apply', file, ...given, '-o', at('out'), ...oneThread]);
    const expected = readWdelta(`${name}.expected.safetensors`);
    const dataBytes = expected.length - 8 - Number(new DataView(expected.buffer).getBigUint64(0, true));
    const got = await readFile(at(`out/${name}.safetensors`));
    expect(got.subarray(-dataBytes)).toEqual(Buffer.from(expected.subarray(-dataBytes)));
    await resultOf(importResultSchema, [
      'delta',
      'import',
      file,
      ...given,
      '-o',
      at('i.dshelf'),
      ...oneThread,
    ]);
    const models = given
      .filter((path) => !path.endsWith('.wdelta'))
      .slice(0, bases.length === 2 && name === 'chain-2' ? 2 : undefined);
    await resultOf(applyResultSchema, [
      'delta',
      'apply',
      at('i.dshelf'),
      ...models,
      '-o',
      at('again'),
      ...oneThread,
    ]);
    expect(await readFile(at(`again/${name}.safetensors`))).toEqual(got);
  });
});
