import type { ModelState } from '../../../../shared/library/index.ts';
import type { ModelLayout, ModelOrigin } from '../../scan/found-model.ts';
import type { Presence } from '../state.ts';

/** A model as lists show it. */
export interface CatalogueModel {
  readonly id: number;
  /** Absolute path of its folder or file. */
  readonly path: string;
  readonly name: string;
  readonly layout: ModelLayout;
  readonly origin: ModelOrigin;
  /** Watched folder and volume it lies in. */
  readonly folder: number | null;
  readonly volume: number | null;
  readonly presence: Presence;
  readonly state: ModelState;
  readonly lossy: boolean;
  /** Of all its files. */
  readonly bytes: number;
  /** Of its weights and optimizer state. */
  readonly weightBytes: number;
  /** Of its delta; null: it has none. */
  readonly storedBytes: number | null;
  /** What its volume can still gain; null: nobody knows. */
  readonly freesBytes: number | null;
  readonly freesPredicted: boolean;
  /** What the plan predicts for its delta. */
  readonly predictedBytes: number | null;
  /** Element type of most bytes. */
  readonly dtype: string | null;
  readonly tensors: number;
  readonly elements: number;
  /** Latest change of its weights. */
  readonly changedAt: string;
  /** Its originals cannot be reclaimed; `Models.found` says why. */
  readonly blocked: boolean;
  readonly family: { readonly id: number; readonly name: string } | null;
  readonly firstSeenAt: string;
}

/** A row of `models` with the name of its family. */
export interface ModelRow {
  id: number;
  path: string;
  name: string;
  layout: ModelLayout;
  origin: ModelOrigin;
  folder: number | null;
  volume: number | null;
  presence: Presence;
  bytes: number;
  weight_bytes: number;
  dtype: string | null;
  tensors: number;
  elements: number;
  shapes: string;
  scan_signature: string | null;
  changed_at: number;
  blocked: number;
  family: number | null;
  family_name: string | null;
  predicted_bytes: number | null;
  state: ModelState;
  lossy: number;
  stored_bytes: number | null;
  frees_bytes: number | null;
  frees_predicted: number;
  first_seen_at: string;
}

/** Columns of a `ModelRow`, and where they are from. */
export const modelColumns =
  'm.*, families.name AS family_name FROM models m LEFT JOIN families ON families.id = m.family';

export function toModel(row: ModelRow): CatalogueModel {
  return {
    id: row.id,
    path: row.path,
    name: row.name,
    layout: row.layout,
    origin: row.origin,
    folder: row.folder,
    volume: row.volume,
    presence: row.presence,
    state: row.state,
    lossy: row.lossy === 1,
    bytes: row.bytes,
    weightBytes: row.weight_bytes,
    storedBytes: row.stored_bytes,
    freesBytes: row.frees_bytes,
    freesPredicted: row.frees_predicted === 1,
    predictedBytes: row.predicted_bytes,
    dtype: row.dtype,
    tensors: row.tensors,
    elements: row.elements,
    changedAt: new Date(row.changed_at).toISOString(),
    blocked: row.blocked === 1,
    family: row.family === null ? null : { id: row.family, name: row.family_name ?? '' },
    firstSeenAt: row.first_seen_at,
  };
}
