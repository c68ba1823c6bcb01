import { z } from 'zod';
import {
  bytes,
  count,
  evidenceKind,
  lineageParentSchema,
  modelRelation,
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
      id: z.int(),
      name: z.string(),
      path: z.string(),
      state: modelState,
      lossy: z.boolean(),
      bytes,
      storedBytes: bytes.nullable(),
      predictedBytes: bytes.nullable(),
      familyId: z.int().nullable(),
      relation: modelRelation,
      /** The lineage: where it came from. */
      parents: z.array(lineageParentSchema),
      /** What its delta is decoded with. */
      storageParents: z.array(z.string()),
      /** Numbers of relatives of which nothing tells who came from whom. */
      relatives: z.array(z.int()),
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
  /** Bases that only a hard link holds. */
  warnings: z.array(warningSchema).optional(),
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
  /** `entry`: its id in quarantine. */
  models: z.array(z.strictObject({ ...outcome, entry: z.string(), bytes })),
  bytes,
  /** Bases that only a hard link holds. */
  warnings: z.array(warningSchema).optional(),
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
  /** How far the bar is, 0 to 1. Never goes back; 1 only when all is done. */
  share: z.number().min(0).max(1),
  /** Why it is paused; it goes on by itself, unless a person paused it. */
  cause: z.enum(['person', 'disk-full', 'offline', 'sleep']).nullable(),
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

/** What came of a job that is done: the call it was, and what that gave back. */
export const outcomeResultSchema = z.strictObject({ call: z.string(), result: z.unknown() });
export type OutcomeResult = z.infer<typeof outcomeResultSchema>;

export const jobsResultSchema = z.strictObject({ jobs: z.array(jobSchema) });
export type JobsResult = z.infer<typeof jobsResultSchema>;

/** The library at a glance. */
export const overviewResultSchema = z.strictObject({
  version: z.string(),
  vault: z.strictObject({
    path: z.string(),
    bytes,
    online: z.boolean(),
    /** Free bytes on its disk; null where that is not known. */
    freeBytes: bytes.nullable(),
  }),
  folders: z.array(
    z.strictObject({
      id: z.int(),
      path: z.string(),
      models: count,
      bytes,
      state: z.enum(['online', 'offline', 'missing']),
      /** Name of its disk, where the system tells one. */
      volume: z.string().nullable(),
      /** When its disk was last there. */
      seenAt: time.nullable(),
      /** When it was last looked through from end to end; null: never. */
      scannedAt: time.nullable(),
    }),
  ),
  totals: totalsSchema,
  /** Bytes in quarantine, and those of them that are old enough to be purged. */
  quarantine: z.strictObject({ bytes, ripeBytes: bytes, models: count }),
  /** Verified originals that could be reclaimed now. */
  reclaimable: z.strictObject({ models: count, bytes }),
  /** Whether the bytes of all models were looked at: until then, parents and predictions are still to come. */
  identified: z.boolean(),
  /** Whether the sample library can be added. */
  sample: z.boolean(),
});
export type OverviewResult = z.infer<typeof overviewResultSchema>;

/** Folders in which programs that people have keep models. */
export const placesResultSchema = z.strictObject({
  places: z.array(
    z.strictObject({
      /** Name of the program. */
      name: z.string(),
      path: z.string(),
      /** As far as headers tell, within a few seconds; null where there was no time for it. */
      models: count.nullable(),
      bytes: bytes.nullable(),
      /** Guessed from shapes alone; without models whose files are links or shared. */
      freesBytes: bytes.nullable(),
      watched: z.boolean(),
    }),
  ),
  seconds,
});
export type PlacesResult = z.infer<typeof placesResultSchema>;

/** How much each tensor of a model changed from its parents. */
export const changesResultSchema = z.strictObject({
  /** `delta`: measured on every value when its delta was made; `sketch`: on a sample; `none`: nothing is known. */
  source: z.enum(['delta', 'sketch', 'none']),
  /** What it is compared with. */
  parents: z.array(z.strictObject({ id: z.int().nullable(), name: z.string() })),
  tensors: z.array(
    z.strictObject({
      name: z.string(),
      /** Number of its layer; null for what belongs to none, as an embedding. */
      layer: z.int().nullable(),
      /** What it is within a layer: `q`, `down`, `norm`. */
      group: z.string(),
      dtype: z.string(),
      shape: z.array(count),
      bytes,
      /** Of its delta, tables that it shares not counted; null without one. */
      storedBytes: bytes.nullable(),
      /** Norm of the change relative to the parent's: 0 equal; null: it has none to compare with, or is not known. */
      change: z.number().min(0).nullable(),
      /** Share of values that are equal to the parent's, 0 to 1; null where not known. */
      equal: z.number().min(0).max(1).nullable(),
      /** In words for people: "equal", "residual", "stored alone". */
      coded: z.string(),
    }),
  ),
});
export type ChangesResult = z.infer<typeof changesResultSchema>;

/** Models that could be the parent of one, nearest first, and what its delta would take with each. */
export const candidatesResultSchema = z.strictObject({
  candidates: z.array(
    z.strictObject({
      /** Null: no parent, stored whole. */
      id: z.int().nullable(),
      name: z.string(),
      predictedBytes: bytes.nullable(),
      /** Cosine of the sampled weights, -1 to 1; null where not known. */
      similarity: z.number().nullable(),
      current: z.boolean(),
    }),
  ),
});
export type CandidatesResult = z.infer<typeof candidatesResultSchema>;
