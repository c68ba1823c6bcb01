/** Bits per weight at which methods are compared. */
const rates = [4, 3, 2, 1, 0.7, 0.5, 0.25, 0.1];

/** What is tried where nobody says which codecs: each method over its range. */
export const sweepGrid: readonly string[] = ['sigma', 'global'].flatMap((step) =>
  rates.map((bits) => `rd:step=${step},bits=${bits}`),
);
