import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sweepResultSchema } from '../../src/shared/index.ts';
import { runCommand as run } from './run-command.ts';

const sample = resolve(import.meta.dirname, '../../resources/sample-library');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deltashelf-sweep-'));
});
afterAll(() => rm(folder, { recursive: true }));

const asked = (...codecs: string[]): string[] => [
  ...['sweep', join(sample, 'sprout-bible'), '--base', join(sample, 'sprout-base')],
  ...['--cache', join(folder, 'cache'), '--threads', '1', '--json'],
  ...codecs.flatMap((codec) => ['--codec', codec]),
];

test('a sweep tells bytes and error of each codec, and remembers them', async () => {
  const codecs = ['rd:bits=2', 'rd:bits=0.5,step=global'];
  const first = await run([...asked(...codecs), '--csv', join(folder, 'points.csv')]);
  expect(first.code).toBe(0);
  const { points, exactBytes, floatBytes, originalBytes } = sweepResultSchema.parse(JSON.parse(first.out));
  expect(points.map(({ codec }) => codec)).toEqual(codecs);
  const [large, small] = points;
  if (!large || !small) throw new Error('every codec has a point');
  expect(small.bytes).toBeLessThan(large.bytes);
  expect(large.bytes).toBeLessThan(exactBytes);
  expect(large.cosine ?? 0).toBeGreaterThan(small.cosine ?? 1);
  expect(floatBytes).toBeGreaterThan(originalBytes);

  const csv = (await readFile(join(folder, 'points.csv'), 'utf8')).split('\r\n');
  expect(csv).toHaveLength(4);
  expect(csv[2]).toContain('"rd:bits=0.5,step=global"');

  expect(await readdir(join(folder, 'cache'))).toHaveLength(2);
  const again = await run(asked(...codecs));
  expect(sweepResultSchema.parse(JSON.parse(again.out)).points).toEqual(points);
});

test('an unknown codec is refused before anything is read', async () => {
  const { code, out } = await run(asked('rd:rate=3'));
  expect(code).toBe(2);
  expect(out).toContain('rate');
});
