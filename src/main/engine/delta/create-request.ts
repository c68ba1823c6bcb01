import type { LossyChoice } from '../codecs/lossy/index.ts';
import type { Pool } from '../pool/index.ts';
import type { ModelSource, Source } from '../sources/index.ts';
import type { Sink } from '../streams.ts';
import type { DeltaFolder, DeltaLink } from './index-types.ts';
import type { Fidelity, TensorFidelity } from './lossy-figures.ts';

/** Effort of the encoder. */
export const levels = ['fast'] as const;
export type Level = (typeof levels)[number];

/** What a disk keeps of a model beside its bytes. */
export interface ModelMetadata {
  readonly kind: 'file' | 'folder';
  /** By path. */
  readonly files: ReadonlyMap<string, { readonly mode: number; readonly mtimeNs: string }>;
  readonly folders: readonly DeltaFolder[];
  readonly links: readonly DeltaLink[];
}

/** A delta that is wanted. */
export interface CreateRequest {
  readonly pool: Pool;
  readonly child: ModelSource;
  readonly metadata: ModelMetadata;
  /** In order of preference; may be empty. */
  readonly parents: readonly Source[];
  readonly level: Level;
  /** How tensors are approximated; absent: every byte comes back. */
  readonly lossy?: LossyChoice;
  /** Another delta will have what is missing. */
  readonly refined?: boolean;
  /** Program and version, for people. */
  readonly writer: string;
  /** Receives the delta file. */
  readonly sink: Sink;
}

/** What came of it. */
export interface CreateResult {
  readonly originalBytes: number;
  readonly storedBytes: number;
  /** Bytes of the delta that are neither payload nor side objects. */
  readonly overheadBytes: number;
  readonly tensors: {
    readonly total: number;
    /** Equal to a tensor of a parent: nothing stored. */
    readonly unchanged: number;
    readonly predicted: number;
    /** Stored without a parent. */
    readonly alone: number;
  };
  /** Only where something was approximated. Measured on what was decoded. */
  readonly lossy?: LossyResult;
}

/** How near a delta comes that gives an approximation. */
export interface LossyResult extends Fidelity {
  readonly codec: string;
  /** Elements of the approximated tensors. */
  readonly weights: number;
  /** Bytes of their records, shared scales and tables among them. */
  readonly bytes: number;
  readonly tensors: readonly TensorFidelity[];
}
