import { AdaptiveBitReader, AdaptiveBitWriter } from '../adaptive-bits.ts';
import { MOST_BITS } from './patches-setting.ts';

// Which patch of a chunk has how many bits, as numbers in the list of those that occur.

const TREE = 8;
const NEIGHBOURS = MOST_BITS + 2;
const CONTEXTS = NEIGHBOURS * NEIGHBOURS * TREE;
const OUTSIDE = MOST_BITS + 1;

function contextOf(numbers: Uint8Array, index: number, across: number): number {
  const left = index % across === 0 ? OUTSIDE : (numbers[index - 1] ?? OUTSIDE);
  const above = numbers[index - across] ?? OUTSIDE;
  return (left * NEIGHBOURS + above) * TREE;
}

/** Bits of a number in a list of so many. */
function numberBits(count: number): number {
  return count < 2 ? 0 : 32 - Math.clz32(count - 1);
}

/** The bit widths that occur, as bits of a byte. */
export function maskOf(bits: Uint8Array): number {
  return bits.reduce((mask, width) => mask | (1 << width), 0);
}

function widthsOf(mask: number): number[] {
  return Array.from({ length: MOST_BITS + 1 }, (_, width) => width).filter((width) => (mask >> width) & 1);
}

/** Codes the widths of the patches, `across` in a row of patches. */
export function writeMap(bits: Uint8Array, across: number): Uint8Array {
  const widths = widthsOf(maskOf(bits));
  const depth = numberBits(widths.length);
  if (depth === 0) return new Uint8Array();
  const numbers = bits.map((width) => widths.indexOf(width));
  const out = new AdaptiveBitWriter(CONTEXTS);
  for (const [index, number] of numbers.entries()) {
    out.tree(contextOf(numbers, index, across), depth, number);
  }
  return out.finish();
}

/** Reads the widths of `count` patches; undefined when there is one that is not in the mask. */
export function readMap(
  bytes: Uint8Array,
  mask: number,
  count: number,
  across: number,
): Uint8Array | undefined {
  const widths = widthsOf(mask);
  const [only] = widths;
  if (only === undefined || mask >= 2 ** (MOST_BITS + 1)) return undefined;
  const depth = numberBits(widths.length);
  if (depth === 0) return bytes.length === 0 ? new Uint8Array(count).fill(only) : undefined;
  const source = new AdaptiveBitReader(CONTEXTS, bytes);
  const numbers = new Uint8Array(count);
  for (let index = 0; index < count; index += 1) {
    const number = source.tree(contextOf(numbers, index, across), depth);
    if (number >= widths.length) return undefined;
    numbers[index] = number;
  }
  return numbers.map((number) => widths[number] ?? 0);
}
