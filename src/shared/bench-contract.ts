import { z } from 'zod';

// What the benchmarks give back, and the command line prints with --json. docs/cli.md describes these in words.

const bytes = z.int().min(0);
const count = z.int().min(0);
/** Stored bytes / original bytes: below 1 is smaller. */
const ratio = z.number().min(0);
const seconds = z.number().min(0);

/** One method on one pair; speeds in 10^6 bytes of the child a second. */
export const benchRowSchema = z.union([
  z.strictObject({
    name: z.string(),
    storedBytes: bytes,
    ratio,
    encodeMBps: z.number(),
    decodeMBps: z.number(),
    /** Every byte of the child came back. */
    roundTrip: z.boolean(),
    /** Largest memory of the process that ran it alone; null where it was not measured. */
    peakBytes: bytes.nullable(),
  }),
  z.strictObject({
    name: z.string(),
    /** Why it cannot run here. */
    unavailable: z.string(),
  }),
]);
export type BenchRow = z.infer<typeof benchRowSchema>;

/** What became of `bench`. */
export const benchResultSchema = z.strictObject({
  child: z.string(),
  parent: z.string(),
  /** Type of most weights. */
  dtype: z.string(),
  /** Bytes of the child's weight files. */
  bytes,
  threads: count,
  rows: z.array(benchRowSchema),
});
export type BenchResult = z.infer<typeof benchResultSchema>;

/** Where a pair comes from. Controls are no fine-tunes: the same weights in another form, or unrelated ones. */
const benchGroup = z.enum(['sample', 'library', 'real', 'control']);
export type BenchGroup = z.infer<typeof benchGroup>;

/** What became of `bench-library`. */
export const benchLibraryResultSchema = z.strictObject({
  pairs: z.array(benchResultSchema.extend({ group: benchGroup })),
  /** Per group, type of weights and method: geometric means over the pairs. */
  means: z.array(
    z.strictObject({
      group: benchGroup,
      dtype: z.string(),
      method: z.string(),
      pairs: count,
      ratio,
      encodeMBps: z.number(),
      decodeMBps: z.number(),
    }),
  ),
  /** Stored bytes over those that published methods reach, for pairs that the peer files list. */
  published: z.array(
    z.strictObject({
      child: z.string(),
      parent: z.string(),
      group: benchGroup,
      dtype: z.string(),
      method: z.string(),
      storedBytes: bytes,
      /** Stored bytes / those of FM++; null where it is not listed. */
      toFmpp: z.number().nullable(),
      /** Stored bytes / those of the best listed row. */
      toBest: z.number(),
      best: z.string(),
    }),
  ),
});
export type BenchLibraryResult = z.infer<typeof benchLibraryResultSchema>;

/** What became of `bench --generate`: each row is one command in a process of its own. */
export const benchGeneratedResultSchema = z.strictObject({
  /** Bytes of the generated child. */
  bytes,
  storedBytes: bytes,
  ratio,
  rows: z.array(
    z.strictObject({
      command: z.enum(['create', 'apply', 'verify']),
      threads: count,
      seconds,
      MBps: z.number(),
      peakBytes: bytes,
    }),
  ),
});
export type BenchGeneratedResult = z.infer<typeof benchGeneratedResultSchema>;

/** What became of `bench-plan`: predicted bytes beside those of real deltas, and plans made from both. */
export const benchPlanResultSchema = z.strictObject({
  libraries: z.array(
    z.strictObject({
      folder: z.string(),
      models: count,
      sketchSeconds: seconds,
      sketchBytes: bytes,
      predictSeconds: seconds,
      pairs: z.array(
        z.strictObject({
          child: z.string(),
          parent: z.string(),
          originalBytes: bytes,
          predictedBytes: bytes,
          storedBytes: bytes,
          /** Over what is allowed: 5 % of the delta or 0.5 % of the model, whichever is larger; below 0: too few. */
          miss: z.number(),
        }),
      ),
      originalBytes: bytes,
      /** Of the plan, as it was predicted and as it is stored; and of the best plan that there is. */
      predictedBytes: bytes,
      storedBytes: bytes,
      bestBytes: bytes,
      planned: z.array(
        z.strictObject({
          model: z.string(),
          parent: z.string().nullable(),
          depth: count,
          predictedBytes: bytes,
          storedBytes: bytes,
        }),
      ),
    }),
  ),
});
export type BenchPlanResult = z.infer<typeof benchPlanResultSchema>;

/** What became of `bench-scan`: the first scan of a generated library, and a second one when nothing has changed. */
export const benchScanResultSchema = z.strictObject({
  models: count,
  passes: z.array(
    z.strictObject({
      seconds,
      /** Processor time of the process, all threads. */
      cpuSeconds: seconds,
      /** Models that were opened. */
      read: count,
      unchanged: count,
      tensors: count,
    }),
  ),
  /** Most memory that the process had, generating included. */
  peakBytes: bytes,
});
export type BenchScanResult = z.infer<typeof benchScanResultSchema>;

/** What became of `bench-compress`: the library beside the engine that it rests on. */
export const benchCompressResultSchema = z.strictObject({
  threads: count,
  /** Of `compress --all`, all that it does between plan and end. */
  librarySeconds: seconds,
  /** Of `delta create` and `delta verify` on the same models against the same bases, together. */
  engineSeconds: seconds,
  /** librarySeconds / engineSeconds. */
  ratio: z.number().min(0),
  bytes,
  rows: z.array(
    z.strictObject({
      name: z.string(),
      parent: z.string().nullable(),
      bytes,
      librarySeconds: seconds,
      engineSeconds: seconds,
    }),
  ),
});
export type BenchCompressResult = z.infer<typeof benchCompressResultSchema>;

/** What became of `bench-idle`: a service that watches a generated library, until it has learnt it and after. */
export const benchIdleResultSchema = z.strictObject({
  models: count,
  familySize: count,
  /** Until nothing more was to be learnt, and processor time of that, all threads. */
  learnSeconds: seconds,
  learnCpuSeconds: seconds,
  /** Time that was then watched, and processor time of that. */
  idleSeconds: seconds,
  idleCpuSeconds: seconds,
  /** Of one core. */
  idleCpuPercent: z.number().min(0),
  /** Memory of the process: while it learnt at most, and after the watched time. */
  peakBytes: bytes,
  residentBytes: bytes,
});
export type BenchIdleResult = z.infer<typeof benchIdleResultSchema>;

/** What became of `bench --catalogue`: times of what lists ask for. */
export const benchCatalogueResultSchema = z.strictObject({
  models: count,
  /** To write them, as scans and lineage do. */
  fillSeconds: seconds,
  openMs: z.number().min(0),
  /** Of the database. */
  fileBytes: bytes,
  /** Memory of the whole process at the end. */
  residentBytes: bytes,
  rows: z.array(
    z.strictObject({ name: z.string(), medianMs: z.number().min(0), slowestMs: z.number().min(0) }),
  ),
});
export type BenchCatalogueResult = z.infer<typeof benchCatalogueResultSchema>;
