// How large changes are: what float32 has room for, and powers of two to which halves are relative.

const word = new Uint32Array(1);
const value = new Float32Array(word.buffer);

/** Whether changes up to `largest` can be scaled up and down in float32 without losing what they are. */
export function isCodable(largest: number): boolean {
  return largest > 2 ** -100 && largest < 2 ** 80;
}

/** The power of two by which numbers up to `largest` are divided so that they are below 1, and at least half of it. */
export function powerAbove(largest: number): number {
  if (!(largest > 0)) return 1;
  value[0] = largest;
  const exponent = Math.max(1, ((word[0] ?? 0) >>> 23) & 255) - 126;
  return 2 ** Math.min(127, Math.max(-126, exponent));
}
