import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { applyInMemory, deltaOf, kernelPool, modelOf, type ModelFiles } from '../fixtures/engine-delta.ts';
import { readDelta } from '../second-reader/read-delta.ts';
import { goldenCases } from './models.ts';

const folder = join(import.meta.dirname, 'v1');
const names = readdirSync(folder).flatMap((name) => (name.endsWith('.dshelf') ? [name.slice(0, -7)] : []));

const pool = kernelPool();
afterAll(() => pool.close());

function filesIn(path: string): ModelFiles {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  const files = entries.filter((entry) => entry.isFile());
  return Object.fromEntries(files.map(({ name }) => [name, new Uint8Array(readFileSync(join(path, name)))]));
}

function golden(name: string): { delta: Uint8Array; child: ModelFiles; parents: ModelFiles[] } {
  const models = join(folder, name);
  const parents = readdirSync(models).filter((model) => model.startsWith('parent-'));
  return {
    delta: new Uint8Array(readFileSync(join(folder, `${name}.dshelf`))),
    child: filesIn(join(models, 'child')),
    parents: parents.map((parent) => filesIn(join(models, parent))),
  };
}

/** Compares all files; a difference of bytes is told by place, not by listing both. */
function expectFiles(read: ModelFiles, wanted: ModelFiles): void {
  expect(Object.keys(read).sort()).toEqual(Object.keys(wanted).sort());
  for (const [path, bytes] of Object.entries(wanted)) {
    expect(Buffer.compare(read[path] ?? new Uint8Array(), bytes), path).toBe(0);
  }
}

describe('golden deltas of version 1', () => {
  test.for(names)('the program still reads %s', async (name) => {
    const { delta, child, parents } = golden(name);
    const sources = await Promise.all(parents.map((parent) => modelOf(parent)));
    expectFiles(await applyInMemory(pool, await deltaOf(delta), sources), child);
  });

  test.for(names)('the second reader still reads %s', async (name) => {
    const { delta, child, parents } = golden(name);
    expectFiles(await readDelta(delta, parents), child);
  });

  test('they are those that were made, and use every feature there is', async () => {
    expect(names.sort()).toEqual(Object.keys(goldenCases).sort());
    const used = new Set<string>();
    for (const name of names) {
      const { index } = await deltaOf(golden(name).delta);
      expect(index.requires, name).toEqual(
        expect.arrayContaining([...(goldenCases[name]?.().features ?? [])]),
      );
      for (const feature of index.requires) used.add(feature);
    }
    const predictors = ['same', 'cast', 'scaled'];
    const codecs = ['stored', 'unchanged', 'sparse', 'residual', 'alone', 'planes', 'zstd', 'brotli'];
    const all = [...predictors, ...codecs, 'bundle', 'pack', 'safetensors'].map((name) => `${name}-0`);
    expect([...used].sort()).toEqual(all.sort());
  });

  test('none takes more than 100 kB', () => {
    for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      expect(statSync(join(folder, path)).size, path).toBeLessThan(100_000);
    }
  });
});
