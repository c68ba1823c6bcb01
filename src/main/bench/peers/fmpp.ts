import { deltaPeer } from './delta-peer.ts';
import { aligned, fullWords, halfWords } from './lanes.ts';
import { QuasiStaticModel, RangeDecoder, RangeEncoder } from './range-coder.ts';
import type { Peer } from './peer.ts';

/**
 * Differences of floats as ordered integers, their sign and bit length by an adaptive model, the bits below as
 * they are: the strongest of the published methods.
 *
 * Sources: FM-Delta (Ning and others, NeurIPS 2024), whose coder comes from fpzip; FM++ of TensorDex (SOSP 2026,
 * arXiv 2604.17104), which is the same on elements of 16 bits. F32 takes FM-Delta's form on 32 bits. As there,
 * each tensor has a model of its own, 17 bytes of shape before it and 4 bytes of coder state behind it.
 */
export const fmpp: Peer = deltaPeer('FM++', {
  takes: ({ dtype, byteLength }) => {
    if (dtype === 'F32') return byteLength % 4 === 0;
    return (dtype === 'F16' || dtype === 'BF16') && byteLength % 2 === 0;
  },
  encode(out, child, parent, { dtype }) {
    const encoder = new RangeEncoder(out);
    if (dtype === 'F32') encodeWords(encoder, fullWords(aligned(child, 4)), fullWords(aligned(parent, 4)));
    else encodeHalves(encoder, halfWords(aligned(child, 2)), halfWords(aligned(parent, 2)));
    encoder.finish();
  },
  decode(reader, child, parent, { dtype }) {
    const decoder = new RangeDecoder(reader.rest());
    const target = aligned(child, 4);
    if (dtype === 'F32') decodeWords(decoder, fullWords(target), fullWords(aligned(parent, 4)));
    else decodeHalves(decoder, halfWords(target), halfWords(aligned(parent, 2)));
    if (target !== child) child.set(target);
    reader.advance(decoder.bytesRead);
  },
});

/** Type codes of FM-Delta's header. */
const floatElements = 0;
const shortElements = 2;

function writeShape(encoder: RangeEncoder, type: number, elements: number): void {
  encoder.bits(type, 8);
  encoder.bits(elements, 32);
  for (let dimension = 0; dimension < 3; dimension++) encoder.bits(1, 32);
}

function skipShape(decoder: RangeDecoder): void {
  decoder.bits(8);
  for (let dimension = 0; dimension < 4; dimension++) decoder.bits(32);
}

// A symbol: `width` for no difference, above it for a positive one, below for a negative one, by its bit length.

function encodeHalves(encoder: RangeEncoder, child: Int16Array, parent: Int16Array): void {
  const model = new QuasiStaticModel(33);
  writeShape(encoder, shortElements, child.length);
  for (let i = 0; i < child.length; i++) {
    const difference = ordered16(child[i] ?? 0) - ordered16(parent[i] ?? 0);
    if (difference === 0) encoder.symbol(16, model);
    else {
      const magnitude = Math.abs(difference);
      const length = 31 - Math.clz32(magnitude);
      encoder.symbol(difference > 0 ? 17 + length : 15 - length, model);
      encoder.bits(magnitude ^ (1 << length), length);
    }
  }
}

function decodeHalves(decoder: RangeDecoder, child: Int16Array, parent: Int16Array): void {
  const model = new QuasiStaticModel(33);
  skipShape(decoder);
  for (let i = 0; i < child.length; i++) {
    const symbol = decoder.symbol(model);
    let value = ordered16(parent[i] ?? 0);
    if (symbol > 16) value += (1 << (symbol - 17)) | decoder.bits(symbol - 17);
    else if (symbol < 16) value -= (1 << (15 - symbol)) | decoder.bits(15 - symbol);
    child[i] = ordered16(value);
  }
}

function encodeWords(encoder: RangeEncoder, child: Int32Array, parent: Int32Array): void {
  const model = new QuasiStaticModel(65);
  writeShape(encoder, floatElements, child.length);
  for (let i = 0; i < child.length; i++) {
    const to = ordered32(child[i] ?? 0);
    const from = ordered32(parent[i] ?? 0);
    if (to === from) encoder.symbol(32, model);
    else {
      const magnitude = to > from ? (to - from) | 0 : (from - to) | 0;
      const length = 31 - Math.clz32(magnitude);
      encoder.symbol(to > from ? 33 + length : 31 - length, model);
      encoder.bits(magnitude ^ (1 << length), length);
    }
  }
}

function decodeWords(decoder: RangeDecoder, child: Int32Array, parent: Int32Array): void {
  const model = new QuasiStaticModel(65);
  skipShape(decoder);
  for (let i = 0; i < child.length; i++) {
    const symbol = decoder.symbol(model);
    let value = ordered32(parent[i] ?? 0);
    if (symbol > 32) value = (value + ((1 << (symbol - 33)) | decoder.bits(symbol - 33))) | 0;
    else if (symbol < 32) value = (value - ((1 << (31 - symbol)) | decoder.bits(31 - symbol))) | 0;
    child[i] = ordered32(value);
  }
}

// Bits of a float to an integer of the same order, and back: both ways are the same.

function ordered16(bits: number): number {
  return bits ^ ((bits >> 15) & 0x7fff);
}

function ordered32(bits: number): number {
  return bits ^ ((bits >> 31) >>> 1);
}
