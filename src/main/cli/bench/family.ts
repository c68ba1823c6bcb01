/** A child of the sample library with what it is stored against. */
export interface DemoPair {
  readonly child: string;
  readonly parent: string | null;
}

/**
 * The children of the sample library, each after its parent. The merge is stored against the parent that it has
 * more of; the adapter is an update kept in a file of its own, and has no parent.
 */
export const family: readonly DemoPair[] = [
  { child: 'sprout-python', parent: 'sprout-base' },
  { child: 'sprout-python-v2', parent: 'sprout-python' },
  { child: 'sprout-bible', parent: 'sprout-base' },
  { child: 'sprout-man-fp32', parent: 'sprout-base' },
  { child: 'sprout-cheader-merged', parent: 'sprout-base' },
  { child: 'sprout-blend', parent: 'sprout-python' },
  { child: 'sprout-cheader-lora', parent: null },
];
