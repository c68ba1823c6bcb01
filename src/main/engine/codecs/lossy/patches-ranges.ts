import type { FieldReader, FieldWriter } from './patches-bytes.ts';

// Smallest and largest values of bands, and means: multiples of one step, by kind. The upper part of each is a symbol,
// the lower bits follow one another as they are.

/** Kinds per band: smallest, largest, mean. */
export const RANGE_KINDS = 3;
const MOST_KINDS = 12;
/** Number of upper parts of a kind. */
const TOPS = 16;
const MOST_SHIFT = 28;
/** Largest multiple of the step. */
export const MOST_STEPS = 2 ** 30;

/** Values of several kinds, in the order of their patches. */
export interface Ranges {
  readonly values: Float64Array;
  readonly kinds: Uint8Array;
}

/** Writes step, kinds and lower bits; gives the upper parts. */
export function writeRanges({ values, kinds }: Ranges, step: number, out: FieldWriter): Uint8Array {
  const steps = values.map((value) => (step > 0 ? Math.round(value / step) : 0));
  const bases = new Float64Array(MOST_KINDS).fill(Infinity);
  const tops = new Float64Array(MOST_KINDS).fill(-Infinity);
  for (let index = 0; index < steps.length; index += 1) {
    const kind = kinds[index] ?? 0;
    const value = steps[index] ?? 0;
    if (value < (bases[kind] ?? 0)) bases[kind] = value;
    if (value > (tops[kind] ?? 0)) tops[kind] = value;
  }
  const shifts = tops.map((top, kind) => {
    const base = bases[kind] ?? 0;
    let shift = 0;
    while (Math.floor(top / 2 ** shift) - Math.floor(base / 2 ** shift) >= TOPS) shift += 1;
    if (base < Infinity) bases[kind] = Math.floor(base / 2 ** shift);
    return shift;
  });
  out.f32(step);
  for (const [kind, base] of bases.entries()) {
    if (base === Infinity) continue;
    out.signed(base);
    out.u8(shifts[kind] ?? 0);
  }
  const symbols = new Uint8Array(steps.length);
  let held = 0;
  let buffer = 0;
  for (let index = 0; index < steps.length; index += 1) {
    const kind = kinds[index] ?? 0;
    const shift = shifts[kind] ?? 0;
    const above = (steps[index] ?? 0) - (bases[kind] ?? 0) * 2 ** shift;
    const symbol = Math.floor(above / 2 ** shift);
    symbols[index] = symbol;
    buffer += (above - symbol * 2 ** shift) * 2 ** held;
    for (held += shift; held >= 8; held -= 8) {
      out.u8(buffer % 256);
      buffer = Math.floor(buffer / 256);
    }
  }
  if (held > 0) out.u8(buffer);
  return symbols;
}

/** What `writeRanges` wrote, until the upper parts are known. */
export interface RangeFields {
  readonly step: number;
  readonly bases: Float64Array;
  readonly shifts: Uint8Array;
  readonly low: Uint8Array;
}

/** Largest step that is read: no product of it leaves float32. */
const MOST_STEP = 2 ** 40;

/** Reads the fields for values of these kinds; undefined when they are damaged. */
export function readRanges(source: FieldReader, kinds: Uint8Array): RangeFields | undefined {
  const counts = new Uint32Array(MOST_KINDS);
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  const step = source.f32();
  const bases = new Float64Array(MOST_KINDS);
  const shifts = new Uint8Array(MOST_KINDS);
  let lowBits = 0;
  for (const [kind, count] of counts.entries()) {
    if (count === 0) continue;
    bases[kind] = source.signed();
    const shift = source.u8();
    if (shift > MOST_SHIFT) return undefined;
    shifts[kind] = shift;
    lowBits += count * shift;
  }
  const low = source.bytes(Math.ceil(lowBits / 8));
  const inRange = bases.every((base, kind) => Math.abs(base) * 2 ** (shifts[kind] ?? 0) <= MOST_STEPS * 2);
  const sound = step >= 0 && step <= MOST_STEP && inRange;
  return sound && !source.broken ? { step, bases, shifts, low } : undefined;
}

/** The values, from their upper parts. */
export function joinRanges(fields: RangeFields, kinds: Uint8Array, symbols: Uint8Array): Float64Array {
  const { step, bases, shifts, low } = fields;
  let at = 0;
  let held = 0;
  let buffer = 0;
  return Float64Array.from(kinds, (kind, index) => {
    const shift = shifts[kind] ?? 0;
    for (; held < shift; held += 8) {
      buffer += (low[at] ?? 0) * 2 ** held;
      at += 1;
    }
    const weight = 2 ** shift;
    const rest = buffer % weight;
    buffer = (buffer - rest) / weight;
    held -= shift;
    return step * (((bases[kind] ?? 0) + (symbols[index] ?? 0)) * weight + rest);
  });
}
