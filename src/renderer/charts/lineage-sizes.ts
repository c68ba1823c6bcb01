/** Sizes of the lineage's drawing, in CSS pixels. */
export const lineageSizes = {
  nodeWidth: 178,
  nodeHeight: 40,
  columnGap: 52,
  rowGap: 20,
  /** Between children of different parents. */
  cousinGap: 30,
  laneHeight: 6,
  laneGap: 10,
  margin: 24,
} as const;
