import type { Changes } from './changes.ts';

// The largest magnitudes of a tensor of any size, exactly, without sorting or keeping it: the bits of a float32 without
// its sign ascend with its magnitude, so that a histogram of their upper half tells in which cell the smallest of
// the largest lies, and a second one, of the lower half within that cell, which it is.

const lowBits = 15;
const lowMask = (1 << lowBits) - 1;
const magnitudeMask = 0x7fff_ffff;

/** Says of each element, in order, whether it is among the largest. */
export type Pick = (bits: number) => boolean;

/** Bits of float32 values, for `Pick`. */
export function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/**
 * Finds the `count` elements of largest magnitude; of those that are equal at the border, the first ones.
 * @returns makes what picks them, once for each pass over all elements in order
 */
export async function largest(changes: Changes, count: number): Promise<() => Pick> {
  const cell = borderOf(await highHistogram(changes), count);
  const border = borderOf(await lowHistogram(changes, cell.at), count - cell.above);
  const smallest = cell.at * 2 ** lowBits + border.at;
  const atBorder = count - cell.above - border.above;
  return () => {
    let left = atBorder;
    return (bits) => {
      const magnitude = bits & magnitudeMask;
      if (magnitude !== smallest) return magnitude > smallest;
      left -= 1;
      return left >= 0;
    };
  };
}

/** How many magnitudes have each upper half. */
async function highHistogram(changes: Changes): Promise<Float64Array> {
  const counts = new Float64Array((magnitudeMask >>> lowBits) + 1);
  for await (const { values } of changes.blocks()) {
    const bits = bitsOf(values);
    for (let at = 0; at < bits.length; at += 1) {
      const cell = ((bits[at] ?? 0) & magnitudeMask) >>> lowBits;
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  return counts;
}

/** How many magnitudes with an upper half have each lower half. */
async function lowHistogram(changes: Changes, high: number): Promise<Float64Array> {
  const counts = new Float64Array(lowMask + 1);
  for await (const { values } of changes.blocks()) {
    const bits = bitsOf(values);
    for (let at = 0; at < bits.length; at += 1) {
      const magnitude = (bits[at] ?? 0) & magnitudeMask;
      if (magnitude >>> lowBits !== high) continue;
      const cell = magnitude & lowMask;
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  return counts;
}

/** The cell in which, counted from the highest, the wanted element lies, and how many lie above that cell. */
function borderOf(counts: Float64Array, wanted: number): { readonly at: number; readonly above: number } {
  let above = 0;
  for (let at = counts.length - 1; at > 0; at -= 1) {
    const here = counts[at] ?? 0;
    if (above + here >= wanted) return { at, above };
    above += here;
  }
  return { at: 0, above };
}
