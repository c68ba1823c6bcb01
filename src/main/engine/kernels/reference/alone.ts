import { BitReader, BitWriter } from './bits.ts';
import { aloneClass, quarterOf } from './context.ts';
import { bitsAt, exponentOf, gridOf, isNegative, putBits, signBit, topExponent, type Grid } from './grid.ts';
import { count as countSymbol, placesOf, scaleAt, type Memory } from './memory.ts';
import { alphabet, escape, ranOut, type Coded } from './symbols.ts';

/** The symbol of +0. */
const zero = 77;
/** Octaves below the largest in which two mantissa bits belong to the symbol, and in which there is a symbol. */
const fineOctaves = 16;
const octaves = 28;
const firstCoarse = 64;

/** The exponent field from which octaves are counted downwards: eight times the scale. */
function topOctave(grid: Grid, scale: number): number {
  return Math.floor(scale / 4) + 3 + grid.bias;
}

export function classifyAlone(
  memory: Memory,
  count: number,
  first: number,
  columns: number,
  rowScales: number,
  columnScales: number,
  cells: number,
): number {
  const view = new DataView(memory);
  for (const place of placesOf(count, first, columns)) {
    const quarter = quarterOf(scaleAt(memory, place, rowScales, columnScales));
    view.setUint16(cells + place.index * 2, (aloneClass + quarter) * 16, true);
  }
  return 0;
}

function codedAlone(grid: Grid, bits: number, scale: number): Coded {
  if (bits === 0) return { symbol: zero, extra: 0, width: 0 };
  const field = exponentOf(grid, bits);
  const octave = topOctave(grid, scale) - field;
  if (field === 0 || field === topExponent(grid) || octave < 0 || octave >= octaves) {
    return { symbol: escape, extra: bits, width: grid.width };
  }
  const kept = octave < fineOctaves ? grid.mantissa - 2 : grid.mantissa;
  const leading = Math.floor((bits % 2 ** grid.mantissa) / 2 ** kept);
  return {
    symbol: octave < fineOctaves ? octave * 4 + leading : firstCoarse + octave - fineOctaves,
    extra: (bits % 2 ** kept) + (isNegative(grid, bits) ? 2 ** kept : 0),
    width: kept + 1,
  };
}

export function symboliseAlone(
  memory: Memory,
  grid: number,
  child: number,
  cells: number,
  count: number,
  first: number,
  columns: number,
  rowScales: number,
  columnScales: number,
  symbols: number,
  raw: number,
  histogram: number,
): number {
  const view = new DataView(memory);
  const out = new BitWriter(memory, raw);
  for (const place of placesOf(count, first, columns)) {
    const bits = bitsAt(memory, gridOf(grid), child, place.index);
    const scale = scaleAt(memory, place, rowScales, columnScales);
    const { symbol, extra, width } = codedAlone(gridOf(grid), bits, scale);
    view.setUint8(symbols + place.index, symbol);
    countSymbol(memory, histogram, view.getUint16(cells + place.index * 2, true) * alphabet + symbol);
    out.put(extra, width);
  }
  return out.length;
}

function restoredAlone(grid: Grid, symbol: number, scale: number, raw: BitReader): number {
  if (symbol === escape) return raw.take(grid.width);
  if (symbol >= zero) return 0;
  const fine = symbol < firstCoarse;
  const octave = fine ? Math.floor(symbol / 4) : symbol - firstCoarse + fineOctaves;
  const kept = fine ? grid.mantissa - 2 : grid.mantissa;
  const low = raw.take(kept);
  const sign = raw.take(1) * signBit(grid);
  // Damaged input may leave the range of the field.
  const fields = topExponent(grid) + 1;
  const field = (((topOctave(grid, scale) - octave) % fields) + fields) % fields;
  return sign + field * 2 ** grid.mantissa + (fine ? (symbol % 4) * 2 ** kept : 0) + low;
}

export function reconstructAlone(
  memory: Memory,
  grid: number,
  symbols: number,
  count: number,
  first: number,
  columns: number,
  rowScales: number,
  columnScales: number,
  raw: number,
  rawBits: number,
  child: number,
): number {
  const view = new DataView(memory);
  const source = new BitReader(memory, raw);
  for (const place of placesOf(count, first, columns)) {
    if (source.position > rawBits) return ranOut;
    const scale = scaleAt(memory, place, rowScales, columnScales);
    const symbol = view.getUint8(symbols + place.index);
    const bits = restoredAlone(gridOf(grid), symbol, scale, source);
    putBits(memory, gridOf(grid), child, place.index, bits);
  }
  return source.position;
}
