/** Where the knowledge of an edge comes from. A person's word wins over everything. */
export type EvidenceKind = 'declared' | 'measured' | 'confirmed';

/** One reason for or against an edge, in words for a person. */
export interface Evidence {
  readonly kind: EvidenceKind;
  /** "README.md names it as base_model", "same shapes; differs by 8.0 %, nearest of 6 candidates". */
  readonly sentence: string;
}

/** A model and what it was made from: one parent for a fine-tune, several for a merge. */
export interface LineageEdge {
  /** Catalogue ids. */
  readonly child: number;
  readonly parent: number;
  /** Share of this parent in a merge; absent for a fine-tune. */
  readonly weight?: number;
  readonly evidence: EvidenceKind;
  /** 0 to 1. */
  readonly confidence: number;
  /** Direction is known; false where bytes tell only that two models are relatives. */
  readonly directed: boolean;
  readonly reasons: readonly Evidence[];
}

/** A declared parent that the bytes contradict. Shown, not believed. */
export interface Contradiction {
  readonly child: number;
  /** Catalogue id of the parent that was declared, where it is in the library; else null. */
  readonly parent: number | null;
  readonly declared: string;
  readonly sentence: string;
}

/** What a person said of the parents of a model. `parents` empty: it has none. */
export interface Decision {
  readonly child: number;
  readonly parents: readonly { readonly parent: number; readonly weight?: number }[];
}
