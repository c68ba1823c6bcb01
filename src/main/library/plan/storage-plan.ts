/** A way to store a model: against one parent, or alone. */
export interface StorageCandidate {
  /** Catalogue ids. */
  readonly child: number;
  /** null: stored alone, without any parent. */
  readonly parent: number | null;
  /** Bytes of the delta. */
  readonly predictedBytes: number;
  /** 0 to 1: how sure; absent where the bytes are known. */
  readonly confidence?: number;
}

/** What a plan may do with a model. */
export type PlanRole =
  /** Compress it, or keep it as a base. */
  | { readonly kind: 'free' }
  /** Compress it wherever that is possible, also where nothing is freed by it: a person named it. */
  | { readonly kind: 'asked' }
  /** Keep it; the others may be stored against it. The sentence says why. */
  | { readonly kind: 'kept'; readonly reason: string }
  /** It is stored already, and its delta stays as it is. */
  | { readonly kind: 'stored'; readonly parent: number | null; readonly bytes: number };

/** A model that a plan is about. */
export interface PlanModel {
  /** Catalogue id. */
  readonly id: number;
  readonly name: string;
  /** Bytes of its files. */
  readonly bytes: number;
  readonly role: PlanRole;
  /** The base of its family in the lineage: kept unless another choice saves more than 3 % of its bytes. */
  readonly root?: boolean;
}

/** How far reconstruction may be from a base. */
export interface PlanLimits {
  /** Deltas on the way from a base to a model at most; Infinity: no bound. */
  readonly depth: number;
  /** Estimated seconds to reconstruct one model at most; absent: no bound. */
  readonly seconds?: number;
  /** Share of the bytes that longer chains must save, or they are not made; default 0.005. */
  readonly deeperSaves?: number;
  /** Bytes of a model that are decoded in a second; default 120 MB. */
  readonly bytesPerSecond?: number;
}

/** What is to become of one model. */
export interface PlannedModel {
  readonly model: number;
  /** `keep`: it is a base, it is stored already, or a delta would not be smaller. */
  readonly action: 'compress' | 'keep';
  /** What its delta is or would be decoded with; null: a base, or stored alone. */
  readonly parent: number | null;
  /** Deltas on the way; 0 for a base. */
  readonly depth: number;
  readonly originalBytes: number;
  /** Of the delta where there is or will be one, else the original bytes. */
  readonly predictedBytes: number;
  /** Why it is kept, or why this parent. */
  readonly reason: string;
  readonly secondsToReconstruct: number;
}

/** Which models to compress against which parents, so that the total is smallest within the limits. */
export interface StoragePlan {
  /** In the order in which they were given. */
  readonly models: readonly PlannedModel[];
  readonly originalBytes: number;
  readonly predictedBytes: number;
}
