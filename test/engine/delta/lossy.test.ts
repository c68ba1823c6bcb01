import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyInMemory, createInMemory, deltaOf, kernelPool, modelOf } from '../../fixtures/engine-delta.ts';

const pool = kernelPool();
const sample = resolve(import.meta.dirname, '../../../resources/sample-library');

function modelFile(name: string): Uint8Array {
  return new Uint8Array(readFileSync(resolve(sample, name, 'model.safetensors')));
}

const base = modelFile('sprout-base');
const bible = modelFile('sprout-bible');

async function approximated(codec: string, threads = pool) {
  const child = await modelOf({ 'model.safetensors': bible }, 'bible');
  const parent = await modelOf({ 'model.safetensors': base }, 'base');
  const { file, result } = await createInMemory(threads, child, [parent], {}, (sink) => sink, codec);
  return { file, result, parent };
}

describe.each(['sigma', 'global'])('a lossy delta with step=%s', (step) => {
  it.each(['4', '1', '0.1'])('of %s bits decodes to what it says of itself', async (bits) => {
    const { file, result, parent } = await approximated(`rd:step=${step},bits=${bits}`);
    const delta = await deltaOf(file);
    const { lossy, files } = delta.index;
    const back = await applyInMemory(pool, delta, [parent]);
    const bytes = back['model.safetensors'] ?? new Uint8Array();
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(files[0]?.sha256);
    expect(lossy?.originals).toEqual([createHash('sha256').update(bible).digest('hex')]);
    expect(lossy?.tensors).toHaveLength(28);
    const measured = result.lossy;
    if (!measured) throw new Error('something was approximated');
    const rate = (measured.bytes * 8) / measured.weights;
    expect(Math.abs(rate / Number(bits) - 1)).toBeLessThan(0.02);
    expect(lossy?.cosine).toBeCloseTo(measured.cosine ?? NaN, 3);
    expect(bytes).toHaveLength(bible.length);
    expect(pool.memory.used).toBe(0);
  });
});
