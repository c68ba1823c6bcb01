/** Bits per weight at which our own codec is compared. */
const rates = [4, 3, 2, 1, 0.7, 0.5, 0.25, 0.1];

/** Published methods at the settings of their papers and programs, and around them. */
const published = [
  ...[8, 16, 32, 64].flatMap((patch) => ['2-0', '2-1-0'].map((bits) => `dct:patch=${patch},bits=${bits}`)),
  ...['4-0', '4-2-0'].map((bits) => `dct:bits=${bits}`),
  'dct:form=faithful',
  ...['all', 'll_lh_hl', 'll_only'].map((keep) => `dwt:patch=32,keep=${keep}`),
  'dwt:patch=32,keep=ll_lh_hl,form=faithful',
  ...['sign', 'sign:scale=row', 'sign:scale=rank1', 'int4', 'sparse'],
  ...[0.05, 0.2, 0.5].map((keep) => `ternary:keep=${keep}`),
  ...['dare', 'ultra', 'ultra:form=faithful'],
  ...[8, 32].map((rank) => `lowrank:rank=${rank}`),
];

/** What is tried where nobody says which codecs: each method over its range. */
export const sweepGrid: readonly string[] = [
  ...['sigma', 'global'].flatMap((step) => rates.map((bits) => `rd:step=${step},bits=${bits}`)),
  ...published,
];
