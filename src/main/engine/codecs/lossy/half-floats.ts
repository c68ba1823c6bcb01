// Float16 numbers that stand in payloads, by their bits (IEEE 754 binary16). Exact in both directions.

/** Bits of the half nearest to a finite number, ties to even; what is too large is the largest finite half. */
export function halfBits(value: number): number {
  const sign = value < 0 ? 0x8000 : 0;
  const magnitude = Math.min(65_504, Math.abs(value));
  if (magnitude < 2 ** -14) return sign | roundHalfToEven(magnitude * 2 ** 24);
  let exponent = 0;
  while (magnitude >= 2 ** (exponent + 1)) exponent += 1;
  while (magnitude < 2 ** exponent) exponent -= 1;
  return sign | ((exponent + 14) * 1024 + roundHalfToEven(magnitude * 2 ** (10 - exponent)));
}

/** Whether the bits are those of a number: neither infinite nor NaN. */
export function isFiniteHalf(bits: number): boolean {
  return (bits & 0x7c00) !== 0x7c00;
}

/** Value of a finite half. */
export function halfValue(bits: number): number {
  const field = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  const magnitude = field === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (field - 25);
  return (bits & 0x8000) === 0 ? magnitude : -magnitude;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest === 0.5) return floor + (floor % 2);
  return rest < 0.5 ? floor : floor + 1;
}
