import type { Warning } from '../../../shared/index.ts';
import type { Dtype } from '../dtypes.ts';

/** What a tensor segment holds. */
export interface TensorInfo {
  /** Name inside the file; data, never a path. */
  readonly name: string;
  readonly dtype: Dtype;
  /** Sizes of the dimensions, outermost first; empty for a scalar. Elements lie in row-major order. */
  readonly shape: readonly number[];
  /** Multi-byte elements are stored most significant byte first (torch checkpoints from such machines). */
  readonly bigEndian?: true;
}

/**
 * A run of bytes of a file. The segments of a file cover every byte exactly once, in order.
 * `header` is structure (JSON, pickle, zip directories, padding); `tensor` is elements; `raw` is anything else.
 */
export interface Segment {
  readonly kind: 'header' | 'tensor' | 'raw';
  /** First byte within the file. */
  readonly offset: number;
  /** Length in bytes, above zero (empty tensors appear with length 0). */
  readonly length: number;
  /** Set exactly when `kind` is `tensor`. */
  readonly tensor?: TensorInfo;
}

/** Which parser understood a file; `opaque` when none did. */
export type FileFormat = 'safetensors' | 'torch' | 'gguf' | 'opaque';

/** A file cut into segments. A malformed file is `opaque`: one raw segment, and a warning that says why. */
export interface ParsedFile {
  readonly format: FileFormat;
  readonly segments: readonly Segment[];
  readonly warnings: readonly Warning[];
}
