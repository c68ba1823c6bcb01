import { z } from 'zod';

// Shapes that several calls of the library share.

export const bytes = z.int().min(0);
export const count = z.int().min(0);
export const seconds = z.number().min(0);
export const time = z.iso.datetime();
/** A sentence for a person. */
export const sentence = z.string();

/** Something worth telling that stopped nothing. */
export const warningSchema = z.strictObject({ file: z.string(), sentence });

/** How a call names a model: its path, its name, or `#` with its number. */
export const modelReference = z.string().min(1).max(4096);

/** The models a call is about: some by reference, or all that it applies to. */
export const selection = {
  models: z.array(modelReference).max(100_000).default([]),
  all: z.boolean().default(false),
};

export const modelStates = [
  'original',
  'compressed',
  'quarantined',
  'stored',
  'changed',
  'damaged',
  'missing',
  'offline',
] as const;
/** What a person finds of a model: see the glossary of states in docs/architecture.md. */
export const modelState = z.enum(modelStates);
export type ModelState = z.infer<typeof modelState>;

export const evidenceKind = z.enum(['declared', 'measured', 'confirmed']);

/** How hard the coder works. */
export const modelLevel = z.enum(['fast']);

/** How a model stands to the others of its family; `alone`: no relatives were found. */
export const modelRelation = z.enum(['base', 'fine-tune', 'merge', 'adapter', 'alone']);

/** A parent in the lineage: where a model came from. */
export const lineageParentSchema = z.strictObject({
  id: z.int(),
  name: z.string(),
  /** Share of this parent in a merge; absent for a fine-tune. */
  weight: z.number().optional(),
  evidence: evidenceKind,
  /** 0 to 1. */
  confidence: z.number().min(0).max(1),
});

/** One model as a list shows it. */
export const modelSummarySchema = z.strictObject({
  /** Number in this catalogue; `#12` names it in a call. */
  id: z.int(),
  name: z.string(),
  path: z.string(),
  layout: z.enum(['folder', 'file', 'adapter', 'lora', 'pipeline', 'wdelta']),
  /** Type of most weights; null where it has none. */
  dtype: z.string().nullable(),
  /** Elements of all tensors. */
  parameters: count,
  /** Bytes of its files. */
  bytes,
  /** Bytes of its delta; null without one. */
  storedBytes: bytes.nullable(),
  state: modelState,
  /** Only an approximation of it is stored. */
  lossy: z.boolean(),
  /** What its delta is predicted to take; null where that is not known, not worth it, or its delta is there. */
  predictedBytes: bytes.nullable(),
  /** What the disk would gain: originals minus delta before it is compressed, the originals' bytes after. */
  freesBytes: bytes,
  /** Name of its family's base; null for a model without relatives. */
  family: z.string().nullable(),
  /** Number of that base. */
  familyId: z.int().nullable(),
  relation: modelRelation,
  parents: z.array(lineageParentSchema),
  /** How many stored models cannot be reconstructed without it. */
  dependents: count,
  /** Number of the watched folder it lies in; null where none is watched any more. */
  folder: z.int().nullable(),
  /** Name of the disk it is on, where that is not connected. */
  awayOn: z.string().nullable(),
  /** Why its originals cannot be reclaimed; null where they can. */
  blocked: sentence.nullable(),
  verifiedAt: time.nullable(),
});
export type ModelSummary = z.infer<typeof modelSummarySchema>;

/** Bytes of many models together; bytes that several share count once. */
export const totalsSchema = z.strictObject({
  models: count,
  bytes,
  storedBytes: bytes,
  /** Originals that could be reclaimed minus what their deltas take. */
  freesBytes: z.int(),
});
