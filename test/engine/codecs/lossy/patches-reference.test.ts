import { describe, expect, it } from 'vitest';
import { kernelPool } from '../../../fixtures/engine-delta.ts';
import { hasReference, referenceJson, referenceTensors } from '../../../fixtures/reference.ts';
import { alike, codedChanges, type PatchOptions } from './patches-coded.ts';

// What the published program decoded, tensor by tensor, against both forms of ours.

interface Entry {
  readonly key: string;
  readonly input: string;
  readonly importance: string;
  readonly patch: number;
  readonly allocation: readonly (readonly [number, number])[];
  readonly jpeg_table: boolean;
  readonly keep?: string;
  readonly wavelet?: string;
  readonly packed_bytes_with_side_info: number;
  readonly mse: number;
}

const pool = kernelPool();
const entries = hasReference ? (referenceJson('dct_dwt_index.json') as { entries: Entry[] }).entries : [];
const tensors = hasReference ? referenceTensors('dct_dwt_reference.safetensors') : new Map<string, never>();

function optionsOf(entry: Entry): PatchOptions {
  const common = {
    patch: String(entry.patch),
    bits: entry.allocation.map(([bits, share]) => `${bits}@${share}`).join('/'),
    quantiser: entry.jpeg_table ? 'jpeg' : 'linear',
  };
  if (entry.wavelet && entry.keep) {
    return { codec: 'dwt', ...common, wavelet: entry.wavelet, keep: entry.keep };
  }
  return {
    codec: 'dct',
    ...common,
    importance: entry.importance === 'before' ? 'norm' : 'low-frequency',
  };
}

function changesOf(entry: Entry) {
  const input = tensors.get(`input/${entry.input}`);
  const expected = tensors.get(entry.key)?.data;
  if (!input || !expected) throw new Error(`${entry.key} is in the reference file`);
  const [rows = 0, columns = 0] = input.shape;
  return { changes: { rows, columns, data: input.data }, expected };
}

function meanSquare(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + (value - (b[index] ?? 0)) ** 2, 0) / a.length;
}

describe.runIf(hasReference)('patches against the published program', () => {
  it('has every method of the reference', () => {
    expect(entries.length).toBe(138);
    expect(new Set(entries.map(({ key }) => key.split('/')[0])).size).toBe(8);
  });

  it.for(entries.map((entry) => [entry.key, entry] as const))(
    '%s: the faithful form decodes the same in no more bytes, the repaired one better in no more',
    async ([, entry]) => {
      const { changes, expected } = changesOf(entry);
      const options = optionsOf(entry);
      const faithful = await codedChanges(pool, changes, { ...options, form: 'faithful' });
      const repaired = await codedChanges(pool, changes, options);
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const equal = expected.filter(
        (value, index) => Math.abs(value - (faithful.decoded[index] ?? 0)) <= 1e-5 * largest,
      );
      const share = equal.length / expected.length;
      const square = meanSquare(changes.data, faithful.decoded);
      const better = alike(changes.data, repaired.decoded);
      const good = alike(changes.data, faithful.decoded);
      expect(share).toBeGreaterThanOrEqual(options.codec === 'dct' ? 1 : 0.995);
      expect(Math.abs(square / entry.mse - 1)).toBeLessThan(1e-5);
      expect(faithful.bytes).toBeLessThanOrEqual(entry.packed_bytes_with_side_info);
      expect(repaired.bytes).toBeLessThanOrEqual(faithful.bytes);
      expect(better.cosine).toBeGreaterThan(good.cosine);
    },
  );
});
