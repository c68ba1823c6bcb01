import type { Pool } from '../../pool/index.ts';
import { cellsOf, classesOf } from './scalars-classes.ts';
import { FREE_SHIFT, freeTypes, MOST_LEVELS, parts, type ScalarsChunk } from './scalars-form.ts';
import { placesOf } from './scalars-places.ts';
import { packWords } from './scalars-words.ts';
import { packSymbols } from './symbol-stream.ts';

/** The payload of a chunk (docs/format-scalars.md). Rows and columns get classes where that saves bytes. */
export async function encodeScalars(pool: Pool, chunk: ScalarsChunk): Promise<Uint8Array> {
  const { levels, rowScales, columnScales, mask, symbols, free } = chunk;
  const alphabet = levels.length + (free ? 1 : 0);
  if (levels.length > MOST_LEVELS || alphabet === 0)
    throw new Error('a chunk has 1 to 64 levels, or free values');
  const places = placesOf(chunk);
  const classes = alphabet > 1 ? classesOf({ ...chunk, alphabet, places }) : {};
  const sections: Uint8Array[] = [];
  if (rowScales) sections.push(await packWords(pool, 'F16', rowScales));
  if (columnScales) sections.push(await packWords(pool, 'F16', columnScales));
  if (classes.rows) sections.push(await packSymbols(pool, { symbols: classes.rows }));
  if (classes.columns) sections.push(await packSymbols(pool, { symbols: classes.columns }));
  if (alphabet > 1) {
    const cells = cellsOf(symbols.length, places, classes);
    sections.push(await packSymbols(pool, { symbols, cells }));
  }
  if (free) sections.push(await packWords(pool, free.type, free.words));
  const flags =
    (rowScales ? parts.rowScales : 0) |
    (columnScales ? parts.columnScales : 0) |
    (mask ? parts.mask : 0) |
    (classes.rows ? parts.rowClasses : 0) |
    (classes.columns ? parts.columnClasses : 0) |
    (freeTypes.indexOf(free?.type) << FREE_SHIFT);
  return Buffer.concat([
    head(flags, chunk),
    ...sections.flatMap((section) => [u32(section.length), section]),
  ]);
}

function head(flags: number, { levels, factor, mask }: ScalarsChunk): Uint8Array {
  const bytes = Buffer.alloc(6 + levels.length * 4 + (mask ? 8 : 0));
  bytes[0] = flags;
  bytes[1] = levels.length;
  bytes.writeFloatLE(factor, 2);
  for (const [index, level] of levels.entries()) bytes.writeFloatLE(level, 6 + index * 4);
  if (mask) {
    bytes.writeUInt32LE(mask.seed, bytes.length - 8);
    bytes.writeUInt32LE(mask.threshold, bytes.length - 4);
  }
  return bytes;
}

function u32(number: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number, 0);
  return bytes;
}
