// IEEE half precision (binary16) in integers, the same on every machine.

const word = new Uint32Array(1);
const value = new Float32Array(word.buffer);

/** The half nearest to a number, ties to even; what is too large becomes infinite. */
export function halfOf(number: number): number {
  value[0] = number;
  const bits = word[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) return sign | rounded(magnitude - 0x38000000, 13);
  if (magnitude < 0x33000000) return sign;
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  return sign | rounded(mantissa, 126 - (magnitude >>> 23));
}

/** The number that a half stands for. */
export function valueOfHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const mantissa = half & 0x3ff;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

/** Takes `places` bits off, to the nearest number, ties to even. */
function rounded(bits: number, places: number): number {
  const kept = bits >>> places;
  const rest = bits & (2 ** places - 1);
  const half = 2 ** (places - 1);
  return rest > half || (rest === half && kept & 1) ? kept + 1 : kept;
}

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
