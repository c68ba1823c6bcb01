import { z } from 'zod';
import {
  bytes,
  count,
  evidenceKind,
  lineageParentSchema,
  modelState,
  modelSummarySchema,
  seconds,
  sentence,
  time,
  totalsSchema,
  warningSchema,
} from './values.ts';

// What the calls of the library give back, and the command line prints with --json. docs/cli.md has these in words.

const skipped = z.array(z.strictObject({ path: z.string(), why: z.string(), sentence }));

/** What became of `addFolder` and `scan`. */
export const scanResultSchema = z.strictObject({
  folders: z.array(z.string()),
  models: count,
  /** Models that were not there at the scan before, that changed, that are gone. */
  added: count,
  changed: count,
  missing: count,
  totals: totalsSchema,
  skipped,
  warnings: z.array(warningSchema),
  seconds,
});
export type ScanResult = z.infer<typeof scanResultSchema>;

export const removeFolderResultSchema = z.strictObject({
  path: z.string(),
  /** Models that are no longer listed; no file was touched. */
  forgotten: count,
});

export const listResultSchema = z.strictObject({
  models: z.array(modelSummarySchema),
  totals: totalsSchema,
  /** What a person is to know of the library as it was found. */
  warnings: z.array(warningSchema),
});
export type ListResult = z.infer<typeof listResultSchema>;

export const showResultSchema = modelSummarySchema.extend({
  origin: z.string(),
  files: z.array(
    z.strictObject({
      path: z.string(),
      bytes,
      role: z.string(),
      sha256: z.string().nullable(),
      link: z.string().nullable(),
    }),
  ),
  /** Why we think so, for each parent. */
  reasons: z.array(z.strictObject({ parent: z.string(), kind: evidenceKind, sentence })),
  /** Declared parents that the bytes contradict. */
  contradictions: z.array(sentence),
  children: z.array(z.string()),
  storageParents: z.array(z.string()),
  /** Stored models that cannot be reconstructed without it. */
  dependents: z.array(z.string()),
  delta: z
    .strictObject({ file: z.string(), bytes, sha256: z.string(), level: z.string(), createdAt: time })
    .nullable(),
  warnings: z.array(warningSchema),
});
export type ShowResult = z.infer<typeof showResultSchema>;

export const treeResultSchema = z.strictObject({
  models: z.array(
    z.strictObject({
      name: z.string(),
      path: z.string(),
      state: modelState,
      lossy: z.boolean(),
      bytes,
      storedBytes: bytes.nullable(),
      /** The lineage: where it came from. */
      parents: z.array(lineageParentSchema),
      /** What its delta is decoded with. */
      storageParents: z.array(z.string()),
    }),
  ),
});
export type TreeResult = z.infer<typeof treeResultSchema>;

export const planResultSchema = z.strictObject({
  models: z.array(
    z.strictObject({
      name: z.string(),
      path: z.string(),
      action: z.enum(['compress', 'keep']),
      /** What its delta would be decoded with; null: kept, or stored alone. */
      parent: z.string().nullable(),
      depth: count,
      originalBytes: bytes,
      predictedBytes: bytes,
      secondsToReconstruct: seconds,
      reason: sentence,
    }),
  ),
  originalBytes: bytes,
  predictedBytes: bytes,
  freesBytes: z.int(),
});
export type PlanResult = z.infer<typeof planResultSchema>;

/** What became of one model in a call about several. One that failed stops none of the others. */
const outcome = {
  name: z.string(),
  path: z.string(),
  outcome: z.enum(['done', 'kept', 'refused', 'failed']),
  /** Why, where it is not done. */
  sentence: sentence.nullable(),
};

export const compressResultSchema = z.strictObject({
  models: z.array(
    z.strictObject({
      ...outcome,
      parent: z.string().nullable(),
      originalBytes: bytes,
      storedBytes: bytes,
      /** storedBytes / originalBytes. */
      ratio: z.number().min(0),
      /** Decoded from disk and compared, just now. */
      verified: z.boolean(),
      seconds,
    }),
  ),
  originalBytes: bytes,
  storedBytes: bytes,
  warnings: z.array(warningSchema),
  seconds,
});
export type CompressResult = z.infer<typeof compressResultSchema>;

export const verifyAllResultSchema = z.strictObject({
  models: z.array(z.strictObject({ ...outcome, bytes })),
  seconds,
});
export type VerifyAllResult = z.infer<typeof verifyAllResultSchema>;

export const reclaimResultSchema = z.strictObject({
  /** False: this is the plan, and nothing was moved. */
  moved: z.boolean(),
  models: z.array(
    z.strictObject({
      ...outcome,
      /** Files that move, with exact bytes. */
      files: z.array(z.strictObject({ path: z.string(), bytes })),
      /** Files of the model's folder that stay. */
      stay: z.array(z.string()),
      bytes,
    }),
  ),
  bytes,
});
export type ReclaimResult = z.infer<typeof reclaimResultSchema>;

export const quarantineResultSchema = z.strictObject({
  entries: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      path: z.string(),
      why: z.enum(['reclaimed', 'deleted']),
      files: z.array(z.strictObject({ path: z.string(), bytes })),
      bytes,
      createdAt: time,
      /** Whether it is old enough to be purged without `now`. */
      ripe: z.boolean(),
    }),
  ),
  bytes,
});
export type QuarantineResult = z.infer<typeof quarantineResultSchema>;

export const purgeResultSchema = z.strictObject({
  /** False: this is what would be purged. */
  purged: z.boolean(),
  models: z.array(z.strictObject({ ...outcome, bytes })),
  bytes,
});
export type PurgeResult = z.infer<typeof purgeResultSchema>;

export const reconstructResultSchema = z.strictObject({
  models: z.array(z.strictObject({ ...outcome, output: z.string().nullable(), bytes, seconds })),
  warnings: z.array(warningSchema),
  seconds,
});
export type ReconstructResult = z.infer<typeof reconstructResultSchema>;

/** A step that was taken, as Activity shows it. */
export const takenStepSchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  name: z.string(),
  at: time,
  sentence,
  /** What `undo` would do; null where it cannot be taken back. */
  undo: sentence.nullable(),
});

export const activityResultSchema = z.strictObject({ steps: z.array(takenStepSchema) });
export type ActivityResult = z.infer<typeof activityResultSchema>;

export const checkResultSchema = z.strictObject({
  ok: z.boolean(),
  findings: z.array(
    z.strictObject({
      name: z.string(),
      ok: z.boolean(),
      sentence: sentence.nullable(),
      /** Stored models that cannot be reconstructed because of it. */
      affected: z.array(z.string()),
      repairableFrom: z.array(z.string()),
    }),
  ),
  seconds,
});
export type CheckResult = z.infer<typeof checkResultSchema>;

export const settingsResultSchema = z.strictObject({ settings: z.record(z.string(), z.unknown()) });
export type SettingsResult = z.infer<typeof settingsResultSchema>;

export const jobSchema = z.strictObject({
  id: z.int(),
  kind: z.string(),
  title: z.string(),
  state: z.enum(['waiting', 'running', 'paused', 'done', 'failed', 'cancelled']),
  phase: z.string().nullable(),
  doneBytes: bytes,
  totalBytes: bytes,
  bytesPerSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  secondsElapsed: seconds,
  sentence: sentence.nullable(),
  createdAt: time,
  endedAt: time.nullable(),
});
export type JobSummary = z.infer<typeof jobSchema>;

export const jobsResultSchema = z.strictObject({ jobs: z.array(jobSchema) });
export type JobsResult = z.infer<typeof jobsResultSchema>;
