/** A way to store a model: against one parent, or alone. */
export interface StorageCandidate {
  readonly child: number;
  /** Catalogue id; null: stored alone, or kept as it is. */
  readonly parent: number | null;
  /** Bytes of the delta. */
  readonly predictedBytes: number;
}

/** How far reconstruction may be from a base. */
export interface PlanLimits {
  /** Deltas on the way from a base to a model at most. */
  readonly depth: number;
  /** Estimated seconds to reconstruct one model at most; absent: no bound. */
  readonly seconds?: number;
}

/** What is to become of one model. */
export interface PlannedModel {
  readonly model: number;
  /** `keep`: it is a base, or a delta would not be smaller. */
  readonly action: 'compress' | 'keep';
  readonly parent: number | null;
  /** Deltas on the way; 0 for a base. */
  readonly depth: number;
  readonly originalBytes: number;
  /** Of the delta where it is compressed, else the original bytes. */
  readonly predictedBytes: number;
  /** Why it is kept, or why this parent. */
  readonly reason: string;
  readonly secondsToReconstruct: number;
}

/** Which models to compress against which parents, so that the total is smallest within the limits. */
export interface StoragePlan {
  readonly models: readonly PlannedModel[];
  readonly originalBytes: number;
  readonly predictedBytes: number;
}
