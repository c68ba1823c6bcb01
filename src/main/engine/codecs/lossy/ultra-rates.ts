/** A layer as the allocation of sparsity sees it. */
export interface Layer {
  /** Number of elements. */
  readonly size: number;
  /** Standard deviation of its change. */
  readonly sigma: number;
}

const MOST_RATE = 0.99;

/**
 * Which share of each layer is dropped (UltraDelta, `assign_sparsity_rates`): layers in the order of their standard
 * deviations, thirds of all parameters; the quietest third loses a step more, the middle one the rate itself, the
 * loudest what balances the total.
 */
export function assignRates(layers: readonly Layer[], rate: number, step: number): number[] {
  const order = layers.map((_, index) => index);
  order.sort((a, b) => (layers[a]?.sigma ?? 0) - (layers[b]?.sigma ?? 0));
  const total = layers.reduce((sum, { size }) => sum + size, 0);
  const high = rate + step;
  const rates = new Array<number | undefined>(layers.length).fill(undefined);
  let [seen, quiet, middle, loud] = [0, 0, 0, 0];
  for (const index of order) {
    const size = layers[index]?.size ?? 0;
    seen += size;
    if (seen <= total / 3) {
      rates[index] = high;
      quiet += size;
    } else if (seen <= (2 * total) / 3) {
      rates[index] = rate;
      middle += size;
    } else {
      loud += size;
    }
  }
  const balance = loud > 0 ? (rate * total - rate * middle - high * quiet) / loud : rate;
  const low = Math.min(MOST_RATE, Math.max(0, balance));
  return rates.map((assigned) => assigned ?? low);
}
