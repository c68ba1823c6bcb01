// The benchmarks: their figures as JSON and as tables.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { methodNames } from '../../src/main/bench/index.ts';
import {
  benchCatalogueResultSchema,
  benchGeneratedResultSchema,
  benchLibraryResultSchema,
  benchPlanResultSchema,
  benchResultSchema,
  benchScanResultSchema,
} from '../../src/shared/index.ts';
import { benchCompressResultSchema } from '../../src/shared/bench-contract.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';
import { listing } from '../library/deltas/listing.ts';
import { writeFileModel } from '../library/deltas/small-family.ts';
import { writeFamily } from '../library/steps/reclaimed.ts';
import { failureOf, resultOf, runCommand } from './run-command.ts';

test('one pair: every method, with speed and memory', async () => {
  await using scratch = await scratchFolder();
  const base = await writeFileModel(join(scratch.path, 'base.safetensors'), 0);
  const child = await writeFileModel(join(scratch.path, 'child.safetensors'), 1);
  const args = ['bench', child, '--base', base, '--repeat', '1'];
  const { rows, dtype } = await resultOf(benchResultSchema, args);
  expect(dtype).toBe('BF16');
  expect(rows.map(({ name }) => name)).toEqual(methodNames);
  const { out } = await runCommand(args);
  expect(out).toMatch(/Deltashelf fast +\d+ +\d\.\d{4} /u);
});

test('a pair must be named', async () => {
  expect(await failureOf(['bench'])).toMatchObject({ exitCode: 2 });
  expect(await failureOf(['bench', 'x'])).toMatchObject({ exitCode: 2 });
  expect(await failureOf(['bench', '/nowhere', '--base', '/nowhere'])).toMatchObject({ exitCode: 8 });
});

/** A library as bench libraries are: lists of pairs, and published figures. */
async function writeLibrary(folder: string): Promise<string[]> {
  const [sample, library, real] = ['sample', 'library', 'real'].map((name) => join(folder, name));
  if (!sample || !library || !real) throw new Error('three names');
  const names = ['base', 'python', 'python-v2', 'bible', 'man-fp32', 'cheader-merged', 'blend'];
  const models = [
    ...names.map((name) => join(sample, `sprout-${name}`)),
    ...['base', 'tuned', 'copy'].map((name) => join(library, name)),
  ];
  for (const [n, model] of models.entries()) {
    await mkdir(model, { recursive: true });
    await writeFileModel(join(model, 'model.safetensors'), n % 7);
  }
  const trained = [
    { child: 'tuned', parent: 'base', unchanged_share: 0.1 },
    { child: 'copy', parent: 'base', unchanged_share: 1 },
  ];
  await writeFile(join(library, 'pairs.json'), JSON.stringify(trained));
  await mkdir(join(real, 'one'), { recursive: true });
  await writeFileModel(join(real, 'one/parent.safetensors'), 0);
  await writeFileModel(join(real, 'one/child.safetensors'), 1);
  await writeFile(
    join(real, 'pairs.json'),
    JSON.stringify([{ name: 'one', equal_share: 0.2, related: true }]),
  );
  const peers = join(folder, 'peers.json');
  const methods = { fmpp: { bytes: 1000 }, zstd3: { bytes: 2000 }, best: { bytes: 500 } };
  const published = [
    { child: 'tuned', parent: 'base', methods },
    { child: 'real/one/child.safetensors', parent: 'real/one/parent.safetensors', methods },
  ];
  await writeFile(peers, JSON.stringify({ pairs: published }));
  return ['--library', library, '--real', real, '--peers', peers, '--repeat', '1'];
}

test('a library: pairs by group, means, and figures beside published ones', async () => {
  await using scratch = await scratchFolder();
  const args = ['bench-library', ...(await writeLibrary(scratch.path))];
  const changes = { sampleLibrary: join(scratch.path, 'sample') };
  const result = await resultOf(benchLibraryResultSchema, args, changes);
  const groups = Map.groupBy(result.pairs, ({ group }) => group);
  expect([...groups].map(([group, pairs]) => [group, pairs.length])).toEqual([
    ['sample', 7],
    ['library', 1],
    ['control', 1],
    ['real', 1],
  ]);
  expect(result.published).toHaveLength(2);
  for (const { storedBytes, toFmpp, toBest, best } of result.published) {
    expect({ toFmpp, toBest, best }).toEqual({
      toFmpp: storedBytes / 1000,
      toBest: storedBytes / 500,
      best: 'best',
    });
  }
  const words = await runCommand(args, changes);
  expect(words.out).toContain('geometric mean of 7');
  expect(words.out).toMatch(/worst of 1/u);
  const markdown = await runCommand([...args, '--markdown'], changes);
  expect(markdown.out).toMatch(/^### Stored bytes .*\n\n\| child \| parent \| group \| dtype \| bytes \|/u);
  expect(markdown.out).toContain('| one | one | real | BF16 | Deltashelf fast |');
});

test('lists that are none are refused', async () => {
  await using scratch = await scratchFolder();
  const file = join(scratch.path, 'peers.json');
  await writeFile(file, '{"pairs": 7}');
  expect(await failureOf(['bench-library', '--peers', file])).toMatchObject({ code: 'not-readable' });
  const library = ['bench-library', '--library', scratch.path];
  expect(await failureOf(library)).toMatchObject({ code: 'not-found' });
});

test('a generated pair: create, verify and apply on one thread and on two', async () => {
  const { bytes, rows } = await resultOf(benchGeneratedResultSchema, ['bench', '--generate', '1000000']);
  expect(bytes).toBeGreaterThan(990_000);
  expect(rows.map(({ command, threads }) => `${command} ${threads}`)).toEqual([
    ...['create 1', 'verify 1', 'apply 1'],
    ...['create 2', 'verify 2', 'apply 2'],
  ]);
});

test('a generated library is scanned twice, and the second scan opens nothing', async () => {
  const { passes } = await resultOf(benchScanResultSchema, [
    'bench-scan',
    '--models',
    '30',
    '--tensors',
    '6',
  ]);
  expect(passes.map(({ read, unchanged }) => [read, unchanged])).toEqual([
    [30, 0],
    [0, 30],
  ]);
  const { out } = await runCommand(['bench-scan', '--models', '10', '--tensors', '6']);
  expect(out).toMatch(/^10 models; peak memory /u);
});

test('a catalogue: every list, facet and sum is measured', async () => {
  const args = ['bench', '--catalogue', '120'];
  const { models, rows } = await resultOf(benchCatalogueResultSchema, args);
  expect(models).toBe(120);
  expect(rows).toHaveLength(13);
  expect((await runCommand(args)).out).toMatch(/search, one word +\d+\.\d +\d+\.\d/u);
});

test('predicted deltas beside real ones, and a plan from both', async () => {
  await using scratch = await scratchFolder();
  const library = join(scratch.path, 'library');
  for (const [index, name] of ['base', 'tuned', 'pair'].entries()) {
    await mkdir(join(library, name), { recursive: true });
    const files = name === 'pair' ? ['child.safetensors', 'parent.safetensors'] : ['model.safetensors'];
    for (const file of files) await writeFileModel(join(library, name, file), index);
  }
  const { libraries } = await resultOf(benchPlanResultSchema, ['bench-plan', library]);
  const [found] = libraries;
  expect(found?.models).toBe(4);
  // Only the two of the pair are relatives: they are the same.
  const [child, parent] = ['pair/child.safetensors', 'pair/parent.safetensors'];
  expect(found?.pairs).toMatchObject([
    { child: parent, parent: child },
    { child, parent },
  ]);
  expect(found?.planned.filter((each) => each.parent === null)).toHaveLength(3);
  expect(found?.storedBytes).toBeGreaterThanOrEqual(found?.bestBytes ?? 0);
  const { out } = await runCommand(['bench-plan', library, '--markdown']);
  expect(out).toMatch(/\| library +\| 4 \|/u);
  expect(await failureOf(['bench-plan', scratch.path + '/nowhere'])).toMatchObject({ exitCode: 8 });
});

test('a library compressed beside the bare engine: every model of it, and nothing in it is changed', async () => {
  await using scratch = await scratchFolder();
  await writeFamily(scratch.path, ['child', 'other'], 160);
  const models = join(scratch.path, 'models');
  const before = await listing(models);
  const result = await resultOf(benchCompressResultSchema, ['bench-compress', models]);
  expect(result.rows).toHaveLength(2);
  const sum = result.rows.reduce((seconds, { engineSeconds }) => seconds + engineSeconds, 0);
  expect(result.engineSeconds).toBeCloseTo(sum, 6);
  expect(result.ratio).toBeCloseTo(result.librarySeconds / result.engineSeconds, 6);
  expect((await runCommand(['bench-compress', models])).out).toMatch(
    /compress --all \d+\.\d\d s, create and/u,
  );
  expect(await listing(models)).toEqual(before);
});
