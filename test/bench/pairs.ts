import fc from 'fast-check';
import type { PeerInput, PeerTensor } from '../../src/main/bench/index.ts';
import { dtypeBits, type Dtype } from '../../src/main/engine/dtypes.ts';

/** Numbers below 1 from a seed, the same on every machine. */
export function numbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** F32 weights of a layer: normal, with this standard deviation. */
export function weights(count: number, deviation: number, seed: number): Float32Array<ArrayBuffer> {
  const next = numbers(seed);
  return Float32Array.from({ length: count }, () => {
    return deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  });
}

/** A parent and its fine-tuned child, in F32 or cut to BF16. */
export function fineTune(dtype: 'F32' | 'BF16', count: number): PeerTensor {
  const parent = weights(count, 0.02, 1);
  const step = weights(count, 0.0003, 2);
  const child = parent.map((value, index) => value + (step[index] ?? 0));
  return {
    name: 'layer.weight',
    dtype,
    shape: [count],
    child: dtype === 'F32' ? bytesOf(child) : upperHalves(child),
    parent: dtype === 'F32' ? bytesOf(parent) : upperHalves(parent),
  };
}

function bytesOf(values: Float32Array<ArrayBuffer>): Uint8Array {
  return new Uint8Array(values.buffer);
}

function upperHalves(values: Float32Array<ArrayBuffer>): Uint8Array {
  const words = new Uint32Array(values.buffer);
  return new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer);
}

/** `bytes` at an address that is no multiple of `8`, but `8 * n + offset`. */
export function shifted(bytes: Uint8Array, offset: number): Uint8Array {
  const memory = new Uint8Array(bytes.length + 8);
  memory.set(bytes, offset);
  return memory.subarray(offset, offset + bytes.length);
}

const dtypes = Object.keys(dtypeBits) as Dtype[];

/** What may become of the parent's bytes: nothing, a few changes, small steps everywhere, other bytes, no parent. */
const changes = ['none', 'few', 'steps', 'all', 'orphan'] as const;

/**
 * Tensors of every type, of no bytes, of one, of a number that is no multiple of their word, at any address; every
 * pattern of bits.
 */
export const anyTensor: fc.Arbitrary<PeerTensor> = fc
  .record({
    name: fc.string({ maxLength: 8 }),
    dtype: fc.constantFrom(...dtypes),
    bytes: fc.oneof(fc.uint8Array({ maxLength: 67 }), fc.uint8Array({ minLength: 68, maxLength: 700 })),
    change: fc.constantFrom(...changes),
    seed: fc.integer(),
    offsets: fc.tuple(fc.nat(7), fc.nat(7)),
  })
  .map(({ name, dtype, bytes, change, seed, offsets }) => {
    const next = numbers(seed);
    const child = bytes.map((byte) => {
      if (change === 'all') return next() * 256;
      if (change === 'steps') return byte + Math.round(next() * 2 - 1);
      return change === 'few' && next() < 0.05 ? byte ^ 1 : byte;
    });
    return {
      name,
      dtype,
      shape: [child.length],
      child: shifted(child, offsets[0]),
      parent: change === 'orphan' ? null : shifted(bytes, offsets[1]),
    };
  });

/** A header of any bytes and a few tensors. */
export const anyPair: fc.Arbitrary<PeerInput> = fc.record({
  header: fc.uint8Array({ maxLength: 90 }),
  tensors: fc.array(anyTensor, { maxLength: 12 }),
});
