import type { Pool } from '../../pool/index.ts';
import { packWords } from './scalars-words.ts';

/** Rows of a low-rank change: each element is the sum over the components of left x scale x right. */
export interface FactorsChunk {
  /** One per component, float32. */
  readonly scales: Float32Array;
  /** Half-precision words, component by component: as many as rows of the chunk each. */
  readonly left: Uint32Array;
  /** Half-precision words, component by component: as many as columns each. */
  readonly right: Uint32Array;
}

/** The payload of a chunk (docs/format-scalars.md, "Factors"). */
export async function encodeFactors(pool: Pool, { scales, left, right }: FactorsChunk): Promise<Buffer> {
  const head = Buffer.alloc(2 + scales.length * 4);
  head.writeUInt16LE(scales.length, 0);
  for (const [index, scale] of scales.entries()) head.writeFloatLE(scale, 2 + index * 4);
  const leftBytes = await packWords(pool, 'F16', left);
  const rightBytes = await packWords(pool, 'F16', right);
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(leftBytes.length, 0);
  lengths.writeUInt32LE(rightBytes.length, 4);
  return Buffer.concat([head, lengths.subarray(0, 4), leftBytes, lengths.subarray(4), rightBytes]);
}
