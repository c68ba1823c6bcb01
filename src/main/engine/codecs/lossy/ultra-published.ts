// UltraDelta as it is published, float32 operation by float32 operation, its faults included (docs/methods-scalars.md).

/** Even levels from the least to the most value; 0 is a level by accident only. */
export interface PublishedLevels {
  readonly values: Float32Array;
  readonly levelOf: (value: number) => number;
}

/**
 * Levels of `quantize_delta`.
 * @param least below `most`: the original divides by their difference
 */
export function publishedLevels(least: number, most: number, bits: number): PublishedLevels {
  const top = 2 ** bits - 1;
  const range = Math.fround(most - least);
  const values = Float32Array.from({ length: top + 1 }, (_, level) =>
    Math.fround(Math.fround(Math.fround(level / top) * range) + least),
  );
  const levelOf = (value: number): number => {
    const share = Math.fround(Math.fround(value - least) / range);
    return halfToEven(Math.fround(share * top));
  };
  return { values, levelOf };
}

/** How many of so many elements of a level stay when a share is dropped. */
export function keptByRule(count: number, rate: number): number {
  return count - halfToEven(count * rate);
}

/** The rate within a layer some of whose values are zero already. */
export function rateBesideZeros(rate: number, zeroShare: number): number {
  return zeroShare < 1 ? Math.max(0, (rate - zeroShare) / (1 - zeroShare)) : 0;
}

function halfToEven(number: number): number {
  const below = Math.floor(number);
  const rest = number - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
