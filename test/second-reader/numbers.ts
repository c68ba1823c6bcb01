// Generated weights. Nothing here rounds as the program does: BF16 and F16 patterns are cut, not rounded.

/** A generator of its own for each case, so that a new one changes no other. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to 2^32 - 1 (mulberry32). */
  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 to `end` - 1. */
  below(end: number): number {
    return Math.floor((this.u32() / 2 ** 32) * end);
  }

  /** About normal: sums of uniforms, the same on every machine. */
  normal(): number {
    let sum = 0;
    for (let part = 0; part < 6; part += 1) sum += this.u32() / 2 ** 32;
    return (sum - 3) * Math.SQRT2;
  }

  normals(count: number, scale: number): Float32Array {
    return Float32Array.from({ length: count }, () => this.normal() * scale);
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}

/** Bytes of numbers as they lie in memory. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice();
}

/** The upper halves. */
export function bf16(values: Float32Array): Uint16Array {
  return Uint16Array.from(
    new Uint32Array(values.buffer, values.byteOffset, values.length),
    (bits) => bits >>> 16,
  );
}

/** F16 patterns of values below 65,504, cut. */
export function f16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, (value) => {
    const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
    const magnitude = Math.abs(value);
    let exponent = 15;
    while (exponent > -14 && magnitude < 2 ** exponent) exponent -= 1;
    const steps = Math.floor(magnitude * 2 ** (10 - exponent));
    return sign + (exponent + 14) * 1024 + steps;
  });
}

/** Float32 values of BF16 patterns. */
export function widenedBf16(patterns: Uint16Array): Float32Array {
  const bits = Uint32Array.from(patterns, (pattern) => pattern * 65_536);
  return new Float32Array(bits.buffer);
}

/** Float32 values of finite F16 patterns. */
export function widenedF16(patterns: Uint16Array): Float32Array {
  return Float32Array.from(patterns, (pattern) => {
    const field = (pattern >> 10) & 31;
    const fraction = pattern & 1023;
    const magnitude = field === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (field - 25);
    return pattern >= 0x8000 ? -magnitude : magnitude;
  });
}

/** Values near others: each row and column moved by its own scale, some rows not at all. */
export function near(random: Random, values: Float32Array, columns: number, relative: number): Float32Array {
  const rows = Math.ceil(values.length / columns);
  const ofRow = Array.from({ length: rows }, (_, row) => (row % 7 === 3 ? 0 : 2 ** (random.below(9) - 4)));
  const ofColumn = Array.from({ length: columns }, () => 2 ** (random.below(5) - 2));
  return values.map((value, index) => {
    const scale = (ofRow[Math.floor(index / columns)] ?? 1) * (ofColumn[index % columns] ?? 1);
    return value + random.normal() * relative * scale;
  });
}

/** Patterns that are easily lost, put in at some places. */
export function withSpecials<Patterns extends Uint16Array | Uint32Array>(
  random: Random,
  patterns: Patterns,
  specials: readonly number[],
  every = 50,
): Patterns {
  for (let times = Math.ceil(patterns.length / every); times > 0; times -= 1) {
    patterns[random.below(patterns.length)] = specials[random.below(specials.length)] ?? 0;
  }
  return patterns;
}

/** Zeros, smallest, largest, infinities, NaN of several payloads. */
export const specials = {
  BF16: [0, 0x8000, 1, 0x8001, 0x7f, 0x80, 0x7f7f, 0xff7f, 0x7f80, 0xff80, 0x7fc0, 0xffc0, 0x7f81, 0xffd5],
  F16: [0, 0x8000, 1, 0x8001, 0x3ff, 0x400, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00, 0xfe00, 0x7c01, 0xfdab],
  F32: [
    ...[0, 0x8000_0000, 1, 0x8000_0001, 0x7f_ffff, 0x80_0000, 0x7f7f_ffff, 0xff7f_ffff],
    ...[0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0xffc0_0000, 0x7f80_0001, 0xffab_cdef],
    // Half way between two values of BF16 or F16, subnormal ones included; and where F16 becomes infinite.
    ...[
      0x3f80_8000, 0xbf81_8000, 0x3f80_1000, 0xbf80_3000, 0x3300_0000, 0xb3c0_0000, 0x477f_efff, 0x477f_f000,
    ],
  ],
} as const;
