import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  decodeScalars,
  encodeScalars,
  type ScalarsChunk,
} from '../../../../src/main/engine/codecs/lossy/index.ts';
import { kernelPool } from '../../../fixtures/engine-delta.ts';
import { hasReference, referencePath, referenceTensors } from '../../../fixtures/reference.ts';

// The payload holds what the three strategies of .wdelta files decode to, bit for bit: read here as far as that takes.

const pool = kernelPool();

interface Entry {
  readonly strategy: 'int4' | 'quantized' | 'sparse';
  readonly shape: readonly number[];
}

interface WdeltaFile {
  readonly tensors: Record<string, Entry>;
  readonly arrays: ReadonlyMap<string, Uint8Array>;
}

function readWdelta(name: string): WdeltaFile {
  const bytes = readFileSync(referencePath(`wdelta/${name}`));
  const headerEnd = 15 + bytes.readUInt32LE(11);
  const { tensors } = JSON.parse(bytes.toString('utf8', 15, headerEnd)) as WdeltaFile;
  const arrays = new Map<string, Uint8Array>();
  let at = headerEnd;
  const text = (): string => {
    const end = at + 4 + bytes.readUInt32LE(at);
    const read = bytes.toString('utf8', at + 4, end);
    at = end;
    return read;
  };
  while (at < bytes.length - 32) {
    const key = `${text()}|${text()}`;
    text();
    at += 4 + bytes.readUInt32LE(at) * 8;
    const length = Number(bytes.readBigUInt64LE(at));
    arrays.set(key, Uint8Array.from(bytes.subarray(at + 8, at + 8 + length)));
    at += 8 + length;
  }
  return { tensors, arrays };
}

type Field = (name: string) => DataView;

const strategies: Record<
  Entry['strategy'],
  (field: Field, place: Pick<ScalarsChunk, 'count' | 'columns'>) => ScalarsChunk
> = {
  int4: (field, place) => {
    const elements = place.count * place.columns;
    const half = (name: string): number => new Float16Array(field(name).buffer)[0] ?? 0;
    const range = Math.fround(half('scale') * 15);
    const level = (_: unknown, q: number): number =>
      Math.fround(Math.fround(Math.fround(q / 15) * range) + half('zero_point'));
    const symbols = new Uint8Array(elements);
    for (const index of new BigInt64Array(field('outlier_idx').buffer)) symbols[Number(index)] = 16;
    const packed = field('packed');
    let q = 0;
    for (const [index, symbol] of symbols.entries()) {
      if (symbol === 16) continue;
      symbols[index] = (packed.getUint8(q >> 1) >> (q % 2 === 0 ? 4 : 0)) & 15;
      q += 1;
    }
    const words = Uint32Array.from(new Uint16Array(field('outlier_vals').buffer));
    const levels = Float32Array.from({ length: 16 }, level);
    return { ...place, first: 0, factor: 1, levels, symbols, free: { type: 'F16', words } };
  },
  quantized: (field, place) => {
    const signs = field('packed_signs');
    const symbols = Uint8Array.from(
      { length: place.count * place.columns },
      (_, index) => (signs.getUint8(index >> 3) >> (7 - (index % 8))) & 1,
    );
    const rowScales = Uint32Array.from(new Uint16Array(field('scales').buffer));
    return { ...place, first: 0, factor: 1, levels: Float32Array.of(-1, 1), rowScales, symbols };
  },
  sparse: (field, place) => {
    const symbols = new Uint8Array(place.count * place.columns);
    for (const index of new BigInt64Array(field('indices').buffer)) symbols[Number(index)] = 1;
    const words = new Uint32Array(field('values').buffer);
    return {
      ...place,
      first: 0,
      factor: 1,
      levels: new Float32Array(1),
      symbols,
      free: { type: 'F32', words },
    };
  },
};

describe.skipIf(!hasReference)('scalars hold .wdelta files exactly', () => {
  it.each([
    { file: 'f32-int4', base: 'base-f32' },
    { file: 'f32-quantized', base: 'base-f32' },
    { file: 'f32-sparse', base: 'base-f32' },
    { file: 'odd-int4', base: 'base-odd' },
    { file: 'odd-quantized', base: 'base-odd' },
    { file: 'odd-sparse', base: 'base-odd' },
  ])('$file', async ({ file, base }) => {
    const { tensors, arrays } = readWdelta(`${file}.wdelta`);
    const bases = referenceTensors(`wdelta/${base}.safetensors`);
    const expected = referenceTensors(`wdelta/${file}.expected.safetensors`);
    let compared = 0;
    for (const [name, { strategy, shape }] of Object.entries(tensors)) {
      const before = bases.get(name)?.data;
      if (!before) continue;
      const count = shape.length < 2 ? 1 : (shape[0] ?? 0);
      const columns = before.length / count;
      const field = (key: string): DataView => {
        const array = arrays.get(`${name}|${key}`) ?? new Uint8Array();
        return new DataView(array.buffer);
      };
      const chunk = strategies[strategy](field, { count, columns });
      const payload = await encodeScalars(pool, chunk);
      const decoded = await decodeScalars(pool, { rows: count, columns, first: 0, count, payload });
      const after = before.map((value, index) => value + (decoded?.[index] ?? NaN));
      const bitsOf = (values: Float32Array = new Float32Array()): Uint32Array =>
        new Uint32Array(values.slice().buffer);
      expect(bitsOf(after)).toEqual(bitsOf(expected.get(name)?.data));
      compared += 1;
    }
    expect(compared).toBeGreaterThan(0);
  });
});
