import type { FileSystem } from '../disk/index.ts';
import type { FoundModel, SkippedPlace } from './found-model.ts';
import type { Settler } from './settler.ts';

/** What a scan works with. */
export interface ScanTools {
  readonly fs: FileSystem;
  readonly settler: Settler;
}

/** What a scan came upon. */
export type ScanFinding =
  /** A model that is new or changed. Keep its signature for the next scan. */
  | { readonly kind: 'model'; readonly model: FoundModel; readonly signature: string }
  /** A model that is as it was; it was not opened. */
  | { readonly kind: 'unchanged'; readonly path: string; readonly signature: string }
  | { readonly kind: 'skipped'; readonly place: SkippedPlace };

/** A finding, or one that is still being read. */
export type Finding =
  | ScanFinding
  /** Never rejects; undefined for what is no model, and no news. */
  | { readonly kind: 'reading'; readonly finding: Promise<ScanFinding | undefined> };

/** Signature that the model at a path had when it was last found. */
export type KnownModels = (path: string) => string | undefined;
