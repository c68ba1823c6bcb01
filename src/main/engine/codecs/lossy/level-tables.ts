import type { Pool, Slot } from '../../pool/index.ts';
import {
  decodingBytes,
  decodingTables,
  encodingBytes,
  encodingTables,
  tableOffsets,
} from '../rans-tables.ts';
import { ALPHABET, CELLS, readTables, type TableSet } from '../tables.ts';
import { halfBits, halfValue, isFiniteHalf } from './half-floats.ts';

// What all chunks of the method `levels` share: symbol tables, and where levels lie. A level v of a class stands for
// its mean, in steps; the means are three halves per class: of |v| = 1, of |v| = 2, and what is added to |v| >= 3.

/** Classes of cells: how large a change is expected to be beside the step. */
export const CLASSES = 24;
/** Levels -24 to 23 have symbols of their own. */
export const DIRECT_LEVELS = 48;
const ZERO_LEVEL = 24;
const MEAN_BYTES = 7;
/** The highest symbol that means something: an escape. */
const LAST_SYMBOL = 76;

/** Means of the levels of a class, in steps: of 1, of 2, and what to add from 3 on. */
export type LevelMeans = readonly [number, number, number];
const PLAIN: LevelMeans = [1, 2, 0];

/** The bytes of shared tables: u8 number of classes with means, for each u8 class and three halves, then the tables. */
export function writeLevelTables(means: ReadonlyMap<number, LevelMeans>, tables: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + means.size * MEAN_BYTES + tables.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = means.size;
  let at = 1;
  for (const [group, values] of means) {
    bytes[at] = group;
    for (const [place, value] of values.entries()) view.setUint16(at + 1 + place * 2, halfBits(value), true);
    at += MEAN_BYTES;
  }
  bytes.set(tables, at);
  return bytes;
}

/** Means as they will be read: rounded to halves. */
export function roundedMeans(means: LevelMeans): LevelMeans {
  const [one, two, more] = means.map((value) => halfValue(halfBits(value)));
  return [one ?? 1, two ?? 2, more ?? 0];
}

/** Shared tables, read. */
export interface ParsedLevelTables {
  readonly means: ReadonlyMap<number, LevelMeans>;
  readonly set: TableSet;
}

/** @returns undefined when the bytes are no such tables */
export function parseLevelTables(bytes: Uint8Array): ParsedLevelTables | undefined {
  const count = bytes[0];
  const end = 1 + (count ?? 0) * MEAN_BYTES;
  if (count === undefined || count > CLASSES || bytes.length < end) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const means = new Map<number, LevelMeans>();
  for (let at = 1; at < end; at += MEAN_BYTES) {
    const group = view.getUint8(at);
    if (group >= CLASSES || means.has(group)) return undefined;
    const halves = [1, 3, 5].map((place) => view.getUint16(at + place, true));
    if (!halves.every(isFiniteHalf)) return undefined;
    const [one = 0, two = 0, more = 0] = halves.map(halfValue);
    means.set(group, [one, two, more]);
  }
  const set = readTables(bytes.subarray(end));
  const meaningless = set?.frequencies.some((row) =>
    row.subarray(LAST_SYMBOL + 1).some((count) => count > 0),
  );
  return set && !meaningless ? { means, set } : undefined;
}

/**
 * What the levels -24 to 23 of every class stand for, in units of `unit`: one multiplication each in float32.
 * @returns 48 values per class
 */
export function levelValues(means: ReadonlyMap<number, LevelMeans>, unit: number): Float32Array {
  const values = new Float32Array(CLASSES * DIRECT_LEVELS);
  for (let group = 0; group < CLASSES; group += 1) {
    const [one, two, more] = means.get(group) ?? PLAIN;
    for (let place = 0; place < DIRECT_LEVELS; place += 1) {
      const level = place - ZERO_LEVEL;
      const size = Math.abs(level);
      const steps = size === 0 ? 0 : size === 1 ? one : size === 2 ? two : Math.fround(size + more);
      values[group * DIRECT_LEVELS + place] = (level < 0 ? -1 : 1) * Math.fround(Math.fround(steps) * unit);
    }
  }
  return values;
}

/** Shared tables in shared memory, for coding with and for decoding with. */
export class LevelTables {
  readonly means: ReadonlyMap<number, LevelMeans>;
  readonly set: TableSet;
  /** Addresses. */
  readonly encodingMap: number;
  readonly encodingEntries: number;
  readonly decodingMap: number;
  readonly decodingEntries: number;
  readonly #slot: Slot;

  private constructor(pool: Pool, { means, set }: ParsedLevelTables) {
    this.means = means;
    this.set = set;
    const count = Math.max(1, set.frequencies.length);
    const sizes = [CELLS * 4, CELLS * 4, count * encodingBytes(ALPHABET), count * decodingBytes(ALPHABET)];
    this.#slot = pool.memory.allocate(sizes.reduce((sum, size) => sum + size, 0));
    const parts = [
      tableOffsets(set.map, encodingBytes(ALPHABET)),
      tableOffsets(set.map, decodingBytes(ALPHABET)),
      encodingTables(set.frequencies, ALPHABET),
      decodingTables(set.frequencies, ALPHABET),
    ];
    let at = 0;
    const places = parts.map((part, index) => {
      this.#slot.u8(at, part.byteLength).set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      const place = this.#slot.address + at;
      at += sizes[index] ?? 0;
      return place;
    });
    [this.encodingMap, this.decodingMap, this.encodingEntries, this.decodingEntries] = places as [
      number,
      number,
      number,
      number,
    ];
  }

  /** @returns undefined when the bytes are no such tables */
  static read(pool: Pool, bytes: Uint8Array): LevelTables | undefined {
    const parsed = parseLevelTables(bytes);
    return parsed && new LevelTables(pool, parsed);
  }

  /** Whether the tables have all that was counted (80 counts per cell). */
  cover(histogram: Uint32Array): boolean {
    const { map, frequencies } = this.set;
    for (let cell = 0; cell < CELLS; cell += 1) {
      const row = frequencies[map[cell] ?? 0];
      for (let symbol = 0; symbol < ALPHABET; symbol += 1) {
        const occurs = (histogram[cell * ALPHABET + symbol] ?? 0) > 0;
        if (occurs && (map[cell] === 255 || !row?.[symbol])) return false;
      }
    }
    return true;
  }

  free(): void {
    this.#slot.free();
  }
}
