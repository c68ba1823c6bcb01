/** Six steps above "equal": between each two stands a threshold. */
export interface HeatScale {
  /** Ascending; the last step is what is over the last. */
  readonly thresholds: readonly number[];
}

/** 0: equal; 1 to 6: more and more; null: not known. */
export type HeatStep = 0 | 1 | 2 | 3 | 4 | 5 | 6 | null;

const steps = 6;
/** A few outliers must not flatten the rest: the steps divide what lies between these quantiles. */
const from = 0.03;
const to = 0.97;
/** From this range on, equal ratios tell more than equal steps of the root; below, differences are almost even. */
const wideRange = 1000;

/** A scale for the values: nice thresholds of two digits. Nothing and what is not known have steps of their own. */
export function heatScale(values: readonly (number | null)[]): HeatScale {
  const sorted = values
    .filter((value) => value !== null && value > 0)
    .toSorted((a, b) => (a ?? 0) - (b ?? 0));
  let low = quantile(sorted, from);
  let high = quantile(sorted, to);
  if (high <= 0) return { thresholds: [] };
  if (high / low < 2) {
    const middle = Math.sqrt(low * high);
    [low, high] = [middle / 1.5, middle * 1.5];
  }
  const wide = high / low > wideRange;
  const thresholds = Array.from({ length: steps - 1 }, (_, at) => {
    const share = (at + 1) / steps;
    const root = Math.sqrt(low) + (Math.sqrt(high) - Math.sqrt(low)) * share;
    return nice(wide ? low * (high / low) ** share : root ** 2);
  });
  return { thresholds: [...new Set(thresholds)] };
}

/** The step of a value. */
export function heatStep({ thresholds }: HeatScale, value: number | null): HeatStep {
  if (value === null) return null;
  if (value <= 0) return 0;
  const at = thresholds.findIndex((threshold) => value <= threshold);
  return (at === -1 ? steps : at + 1) as HeatStep;
}

function quantile(sorted: readonly (number | null)[], share: number): number {
  return sorted[Math.round((sorted.length - 1) * share)] ?? 0;
}

function nice(value: number): number {
  return Number(value.toPrecision(2));
}
