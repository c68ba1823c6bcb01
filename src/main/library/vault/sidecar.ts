import { z } from 'zod';

const bytes = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/u);
const time = z.iso.datetime();
const longestText = 4096;
const text = z.string().max(longestText);
const mostFiles = 100_000;

/** A file of a stored model. */
export const storedFileSchema = z.strictObject({
  /** Relative to the model, with forward slashes. */
  path: text,
  size: bytes,
  sha256,
  /** Whether reclaim moves it: weights and optimizer state. */
  weights: z.boolean(),
});
export type StoredFile = z.infer<typeof storedFileSchema>;

/** A model that a delta is decoded with. Names and paths only say where to look first; the hashes decide. */
export const storedParentSchema = z.strictObject({
  name: text,
  /** Where it lay last. */
  path: text.nullable(),
  /** Id of its own sidecar, where the vault holds it as a delta. */
  stored: z.uuid().nullable(),
  files: z.array(z.strictObject({ path: text, size: bytes, sha256 })).max(mostFiles),
});
export type StoredParent = z.infer<typeof storedParentSchema>;

/**
 * What lies beside each delta file in the vault, for people and for the day the catalogue is gone. Everything needed
 * to find, verify and reconstruct the model without the catalogue.
 */
export const sidecarSchema = z.strictObject({
  format: z.literal(1),
  /** Names this stored model for ever, whatever it is called. */
  id: z.uuid(),
  name: text,
  kind: z.enum(['file', 'folder']),
  /** Where the original lay: the model's folder or file. */
  path: text,
  delta: z.strictObject({ file: text, bytes, sha256, level: text }),
  /** Absent for an exact delta. */
  lossy: z.strictObject({ codec: text, error: z.number() }).optional(),
  originalBytes: bytes,
  files: z.array(storedFileSchema).max(mostFiles),
  parents: z.array(storedParentSchema).max(64),
  /** What the library knew of its lineage, for people. */
  lineage: z.array(z.strictObject({ name: text, weight: z.number().optional(), evidence: text })).max(64),
  createdAt: time,
  /** When it was last decoded from disk and compared whole; null: never. */
  verifiedAt: time.nullable(),
});
export type Sidecar = z.infer<typeof sidecarSchema>;

/** A base that the vault holds so that no other program's clean-up can take it. */
export const anchorSchema = z.strictObject({
  format: z.literal(1),
  id: z.uuid(),
  name: text,
  kind: z.enum(['file', 'folder']),
  /** Where the base lay. */
  path: text,
  /** `clone`: shares blocks, changes apart. `link`: the same bytes under a second name. `stored`: a delta file without parent. */
  how: z.enum(['clone', 'link', 'stored']),
  files: z.array(storedFileSchema).max(mostFiles),
  createdAt: time,
  checkedAt: time,
});
export type Anchor = z.infer<typeof anchorSchema>;
