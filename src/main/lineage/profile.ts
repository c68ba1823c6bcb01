import type { TensorInfo } from '../engine/formats/index.ts';
import type { DeclaredFacts } from './facts.ts';
import type { ModelSketch } from './sketch.ts';

/** All that lineage knows of one model. Tensors and sketch may be read anew each time they are asked for. */
export interface ModelProfile {
  /** Catalogue id. */
  readonly id: number;
  readonly name: string;
  readonly path: string;
  /** Bytes of all files. */
  readonly bytes: number;
  /** Latest time of change of its weights, nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  readonly adapter: boolean;
  readonly tensors: readonly TensorInfo[];
  readonly declared: DeclaredFacts;
  /** Absent before its bytes were looked at. */
  readonly sketch?: ModelSketch | undefined;
  /** Equal for models whose weights are the same bytes, in whatever files; absent before all of them were read. */
  readonly weightsDigest?: string | undefined;
}
