import type { Pool } from '../../pool/index.ts';
import { halfValue } from './half-floats.ts';
import type { CodedRows } from './lossy-codec.ts';
import { cellsOf, MOST_CLASSES } from './scalars-classes.ts';
import {
  FREE_SHIFT,
  freeTypes,
  MOST_ELEMENTS,
  MOST_LEVELS,
  parts,
  type ScalarsChunk,
} from './scalars-form.ts';
import { placesOf } from './scalars-places.ts';
import { unpackWords, valueOfWord } from './scalars-words.ts';
import { SectionReader } from './section-reader.ts';
import { countInside } from './seeded-mask.ts';
import { unpackSymbols } from './symbol-stream.ts';

/**
 * Decodes a payload of method `scalars`.
 * @returns the change of the rows, row by row; undefined when the payload is damaged
 */
export async function decodeScalars(pool: Pool, rows: CodedRows): Promise<Float32Array | undefined> {
  const chunk = await readScalars(pool, rows);
  return chunk && valuesOf(chunk);
}

/** Reads a payload without multiplying anything. */
async function readScalars(pool: Pool, rows: CodedRows): Promise<ScalarsChunk | undefined> {
  const { first, count, columns } = rows;
  const elements = count * columns;
  const reader = new SectionReader(rows.payload);
  const flags = reader.u8();
  const levelCount = reader.u8();
  if (elements > MOST_ELEMENTS || flags > 127 || levelCount > MOST_LEVELS) return undefined;
  const factor = reader.f32();
  const levels = Float32Array.from({ length: levelCount }, () => reader.f32());
  const mask = flags & parts.mask ? { seed: reader.u32(), threshold: reader.u32() } : undefined;
  const freeType = freeTypes[flags >>> FREE_SHIFT];
  const alphabet = levelCount + (freeType ? 1 : 0);
  if (!reader.sound || alphabet === 0 || !Number.isFinite(factor) || !levels.every(Number.isFinite)) {
    return undefined;
  }
  const words = async (flag: number, length: number): Promise<Uint32Array | undefined> =>
    flags & flag ? await unpackWords(pool, 'F16', reader.section(), length) : undefined;
  const rowScales = await words(parts.rowScales, count);
  const columnScales = await words(parts.columnScales, columns);
  if (flags & parts.rowScales && !rowScales) return undefined;
  if (flags & parts.columnScales && !columnScales) return undefined;
  const placed = { first, count, columns, ...(mask && { mask }) };
  const inside = mask ? countInside(mask, placed) : elements;
  const symbols = await readSymbols(pool, reader, { flags, alphabet, placed, inside });
  if (!symbols) return undefined;
  const freeWords =
    freeType && (await unpackWords(pool, freeType, reader.section(), freeCount(symbols, levelCount)));
  if ((freeType && !freeWords) || !reader.atEnd) return undefined;
  return {
    ...placed,
    factor,
    levels,
    symbols,
    ...(rowScales && { rowScales }),
    ...(columnScales && { columnScales }),
    ...(freeType && freeWords && { free: { type: freeType, words: freeWords } }),
  };
}

interface SymbolPlace {
  readonly flags: number;
  readonly alphabet: number;
  readonly placed: Parameters<typeof placesOf>[0];
  readonly inside: number;
}

/** The symbols of all elements inside the mask; undefined when they are damaged. */
async function readSymbols(
  pool: Pool,
  reader: SectionReader,
  { flags, alphabet, placed, inside }: SymbolPlace,
): Promise<Uint8Array | undefined> {
  const classes = async (flag: number, length: number): Promise<Uint8Array | undefined> =>
    flags & flag ? await unpackSymbols(pool, reader.section(), length) : new Uint8Array();
  const rows = await classes(parts.rowClasses, placed.count);
  const columns = await classes(parts.columnClasses, placed.columns);
  if (!rows?.every(isClass) || !columns?.every(isClass)) return undefined;
  if (alphabet === 1) return new Uint8Array(inside);
  const cells = cellsOf(inside, placesOf(placed), { rows, columns });
  const symbols = await unpackSymbols(pool, reader.section(), inside, cells);
  return symbols?.every((symbol) => symbol < alphabet) ? symbols : undefined;
}

function isClass(symbol: number): boolean {
  return symbol < MOST_CLASSES;
}

function freeCount(symbols: Uint8Array, levels: number): number {
  let free = 0;
  for (const symbol of symbols) if (symbol === levels) free += 1;
  return free;
}

/** Every product rounded to float32, in this order: factor, row, column. Undefined where one is too large for it. */
function valuesOf(chunk: ScalarsChunk): Float32Array | undefined {
  const { count, columns, factor, levels, symbols, free } = chunk;
  const values = new Float32Array(count * columns);
  const scaled = levels.map((level) => Math.fround(level * factor));
  const rowScales = chunk.rowScales && Float32Array.from(chunk.rowScales, halfValue);
  const columnScales = chunk.columnScales && Float32Array.from(chunk.columnScales, halfValue);
  let at = 0;
  let freeAt = 0;
  placesOf(chunk)((row, column) => {
    const symbol = symbols[at] ?? 0;
    at += 1;
    let value = scaled[symbol] ?? 0;
    if (free && symbol === levels.length) {
      value = Math.fround(valueOfWord(free.type, free.words[freeAt] ?? 0) * factor);
      freeAt += 1;
    }
    if (rowScales) value = Math.fround(value * (rowScales[row] ?? 0));
    if (columnScales) value = Math.fround(value * (columnScales[column] ?? 0));
    values[row * columns + column] = value;
  });
  return values.every(Number.isFinite) ? values : undefined;
}
