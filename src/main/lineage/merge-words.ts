/** A parent of a merge, by the name that people know. */
export interface NamedShare {
  readonly name: string;
  readonly weight?: number;
}

/** How far a measured weight may lie from the round one that it is taken for. */
const SNAP = 0.005;

/** The weight that a person is likely to have written: a multiple of 0.05, a third, else hundredths. */
export function roundWeight(weight: number): number {
  const round = [Math.round(weight * 20) / 20, 1 / 3, 2 / 3].find((near) => Math.abs(near - weight) <= SNAP);
  return round ?? Math.round(weight * 100) / 100;
}

/** What a merge is made of, in words: "0.6 x A + 0.4 x B". The largest share comes first. */
export function explainRecipe(parents: readonly NamedShare[]): string {
  const sorted = [...parents].sort((a, b) => (b.weight ?? 0) - (a.weight ?? 0));
  return sorted
    .map(({ name, weight }) => (weight === undefined ? name : `${shownWeight(weight)} x ${name}`))
    .join(' + ');
}

function shownWeight(weight: number): string {
  return String(Number(weight.toFixed(3)));
}
