import {
  chunksOf,
  encodePlanes,
  encodeSparse,
  packBytes,
  SlotSet,
  SPARSE_SHARE,
  type Range,
  type SparseArray,
} from '../codecs/index.ts';
import type { Pool, Slot } from '../pool/index.ts';
import { predictBytes, type PredictorInput } from '../predictors/index.ts';
import type { Source, SourceSegment } from '../sources/index.ts';
import { unitBytes, unitCount, type ChunkCodec } from './layout.ts';

/** A chunk as it goes into the delta. */
export interface EncodedChunk extends Range {
  readonly codec: ChunkCodec;
  readonly payload: Uint8Array;
}

const NOTHING = new Uint8Array();

/** Elements in shared memory as numbers of their width; eight-byte elements as pairs of four. */
export function sparseView(slot: Slot, bytes: number, width: number): SparseArray {
  if (width === 1) return slot.u8(0, bytes);
  return width === 2 ? slot.u16(0, bytes / 2) : slot.u32(0, bytes / 4);
}

/** Chunks of a segment that is on no grid: integers, booleans, packed types, headers, unknown bytes. */
export function elementChunks(segment: SourceSegment): Range[] {
  return chunksOf(unitCount(segment), 1, unitBytes(segment));
}

/**
 * Codes one such chunk by whatever is smallest.
 * @returns the chunk, and how many of its units differ from the prediction (all, without one)
 */
export async function encodeElements(
  pool: Pool,
  source: Source,
  segment: SourceSegment,
  input: PredictorInput | undefined,
  range: Range,
): Promise<{ chunk: EncodedChunk; changed: number }> {
  const width = unitBytes(segment) as 1 | 2 | 4 | 8;
  const bytes = range.count * width;
  const slots = new SlotSet();
  try {
    const child = slots.keep(pool.memory.allocate(bytes));
    await source.read(segment, range.first * width, child.u8(0, bytes));
    const inputs = input ? [input] : [];
    const parent = await predictBytes(pool, inputs, range.first * width, bytes);
    if (parent) slots.keep(parent);
    const places = parent && (await findChanges(pool, slots, child, parent, range.count, width));
    const changed = places?.length ?? range.count;
    if (places?.length === 0) return { chunk: { ...range, codec: 'unchanged', payload: NOTHING }, changed };
    if (places && width < 8 && places.length <= range.count / SPARSE_SHARE) {
      const payload = encodeSparse(sparseView(child, bytes, width), sparseView(parent, bytes, width), places);
      return { chunk: { ...range, codec: 'sparse', payload }, changed };
    }
    const candidates: EncodedChunk[] = [{ ...range, codec: 'stored', payload: child.u8(0, bytes).slice() }];
    const chunk = { child, ...(parent && { parent }), count: range.count, width };
    if (segment.kind === 'tensor' || parent) {
      candidates.push({ ...range, codec: 'planes', payload: await encodePlanes(pool, chunk) });
    }
    if (width === 1) candidates.push({ ...range, ...packBytes(child.u8(0, bytes)) });
    candidates.sort((a, b) => a.payload.length - b.payload.length);
    const [best] = candidates;
    if (!best) throw new Error('a chunk can always be stored');
    return { chunk: best, changed };
  } finally {
    slots.free();
  }
}

/** Numbers of the elements that differ, ascending. */
export async function findChanges(
  pool: Pool,
  slots: SlotSet,
  child: Slot,
  parent: Slot,
  count: number,
  width: number,
): Promise<Uint32Array> {
  const places = slots.keep(pool.memory.allocate(count * 4));
  const args = [child.address, parent.address, count, width, count, places.address];
  const [found = 0] = await pool.run([{ kernel: 'findChanges', args }]);
  return places.u32(0, found).slice();
}
