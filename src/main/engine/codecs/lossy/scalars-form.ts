import type { SeededMask } from './seeded-mask.ts';
import type { WordType } from './scalars-words.ts';

// The payload `scalars`: every element is one of a few levels, or a value of its own, times a factor and the scales of
// its row and column. docs/format-scalars.md is the specification.

/** Most levels of a codebook; one more symbol stands for "a value of its own". */
export const MOST_LEVELS = 64;
/** Most elements of a chunk that a reader takes memory for. */
export const MOST_ELEMENTS = 2 ** 26;

/** Words of values that stand for themselves, in the order of their elements. */
export interface FreeValues {
  readonly type: WordType;
  readonly words: Uint32Array;
}

/** A chunk of whole rows as `scalars` holds it. */
export interface ScalarsChunk {
  readonly first: number;
  readonly count: number;
  readonly columns: number;
  /** By which every level and free value is multiplied, float32. */
  readonly factor: number;
  readonly levels: Float32Array;
  /** Half-precision words, one per row of the chunk. */
  readonly rowScales?: Uint32Array;
  /** Half-precision words, one per column. */
  readonly columnScales?: Uint32Array;
  /** Elements outside it are 0 and have no symbol. */
  readonly mask?: SeededMask;
  /** One per element inside the mask, row by row: a level, or the number of levels for a free value. */
  readonly symbols: Uint8Array;
  readonly free?: FreeValues;
}

/** Bits of the first byte; bits 5 and 6 are the type of free values. */
export const parts = { rowScales: 1, columnScales: 2, mask: 4, rowClasses: 8, columnClasses: 16 } as const;
export const FREE_SHIFT = 5;
/** Types of free values by their number; none is 0. */
export const freeTypes: readonly (WordType | undefined)[] = [undefined, 'F16', 'BF16', 'F32'];
