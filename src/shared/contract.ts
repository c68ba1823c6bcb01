import { z } from 'zod';
import { exitCodes, type ErrorCode } from './errors.ts';

// What the service gives back, and the command line prints with --json. docs/cli.md describes these in words.

const bytes = z.int().min(0);
const count = z.int().min(0);
/** Stored bytes / original bytes: below 1 is smaller. */
const ratio = z.number().min(0);
const seconds = z.number().min(0);

/** Something worth telling that stopped nothing. */
const warningSchema = z.strictObject({ file: z.string(), sentence: z.string() });

const base = {
  seconds,
  warnings: z.array(warningSchema),
};

/** How near an approximation comes, measured on what was decoded. */
const lossyFigures = {
  /** Codec and options, as they were asked for. */
  codec: z.string(),
  /** Squared error relative to the squared change. */
  relativeError: z.number().min(0),
  /** Cosine between the change and its approximation; null where the approximation is nothing. */
  cosine: z.number().nullable(),
  /** Size of the approximation along the change: 1 is all of it. */
  slope: z.number(),
  /** Largest error of one value. */
  largestError: z.number().min(0),
};
const lossySchema = z.strictObject(lossyFigures);
export type LossyFigures = z.infer<typeof lossySchema>;

/** An approximation of which nobody said how near it comes. */
const unmeasuredSchema = z.strictObject({
  codec: z.string(),
  relativeError: z.null(),
  cosine: z.null(),
  slope: z.null(),
  largestError: z.null(),
});

/** What became of `createDelta`. */
export const createResultSchema = z.strictObject({
  /** Path of the delta file. */
  output: z.string(),
  originalBytes: bytes,
  /** The whole delta file. */
  storedBytes: bytes,
  ratio,
  /** Of the stored bytes: all that is neither coded data nor tables and scales. */
  overheadBytes: bytes,
  tensors: z.strictObject({
    total: count,
    /** Equal to a tensor of a parent: nothing stored. */
    unchanged: count,
    predicted: count,
    /** Stored without a parent. */
    alone: count,
  }),
  /** Only where tensors were approximated. */
  lossy: z
    .strictObject({
      ...lossyFigures,
      /** Elements of the approximated tensors. */
      weights: count,
      /** Bytes of their records, of shared scales and tables. */
      bytes,
      bitsPerWeight: z.number().min(0),
      tensors: z.array(
        z.strictObject({
          name: z.string(),
          weights: count,
          bytes,
          relativeError: z.number().min(0),
          cosine: z.number().nullable(),
          slope: z.number(),
          largestError: z.number().min(0),
        }),
      ),
    })
    .optional(),
  /** Only where a second file was asked for that makes it exact. */
  residual: z.strictObject({ output: z.string(), storedBytes: bytes }).optional(),
  ...base,
});
export type CreateDeltaResult = z.infer<typeof createResultSchema>;

/** What became of `applyDelta`. */
export const applyResultSchema = z.strictObject({
  /** Path of the file or folder that was written. */
  output: z.string(),
  kind: z.enum(['file', 'folder']),
  files: count,
  bytes,
  /** Only where what was written is an approximation; of a .wdelta nobody said how near it comes. */
  lossy: z.union([lossySchema, unmeasuredSchema]).optional(),
  ...base,
});
export type ApplyDeltaResult = z.infer<typeof applyResultSchema>;

/** What became of `verifyDelta`. It only ever answers that all is well; anything else is a failure. */
export const verifyResultSchema = z.strictObject({
  /** Path of the delta file. */
  file: z.string(),
  verified: z.literal(true),
  files: count,
  /** Bytes of the model, each decoded and compared. */
  bytes,
  /** Bytes of the delta file, each read and checked. */
  storedBytes: bytes,
  /** Only where the delta gives an approximation. */
  lossy: lossySchema.optional(),
  ...base,
});
export type VerifyDeltaResult = z.infer<typeof verifyResultSchema>;

/** A part of a file: a tensor, or bytes that are none. */
const inspectedSegmentSchema = z.strictObject({
  file: z.string(),
  kind: z.enum(['header', 'tensor', 'raw']),
  /** Name of the tensor; null for anything else. */
  name: z.string().nullable(),
  dtype: z.string().nullable(),
  shape: z.array(count).nullable(),
  bytes,
  /** Coded data of this part alone, without the tables and scales that it shares. */
  storedBytes: bytes,
  ratio,
  predictor: z.enum(['none', 'same', 'cast', 'scaled']),
  /** What it is predicted from: number in `parents`, null without one. */
  parent: count.nullable(),
  /** How many chunks each codec holds. Empty where the part equals the parent's. */
  codecs: z.record(z.string(), count),
  change: z.strictObject({
    /** Share of values that differ from the prediction, 0 to 1. */
    share: z.number(),
    /** Norm of the change relative to the parent's; null where not measured. */
    norm: z.number().nullable(),
    /** Largest change of one value; null where not measured. */
    largest: z.number().nullable(),
  }),
  /** Only of an approximated tensor. */
  lossy: z.strictObject({ cosine: z.number().nullable(), slope: z.number() }).optional(),
});
export type InspectedSegment = z.infer<typeof inspectedSegmentSchema>;

/** What a delta file holds, as far as it tells without its parents. */
export const inspectResultSchema = z.strictObject({
  /** Path of the delta file. */
  file: z.string(),
  name: z.string(),
  kind: z.enum(['file', 'folder']),
  writer: z.string(),
  level: z.string(),
  requires: z.array(z.string()),
  originalBytes: bytes,
  storedBytes: bytes,
  ratio,
  /** The three parts of the stored bytes. */
  parts: z.strictObject({
    /** Coded data of all chunks. */
    payload: bytes,
    /** Tables and scales. */
    shared: bytes,
    /** Headers and indexes. */
    overhead: bytes,
  }),
  parents: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['model', 'delta']),
      /** Files of it that are needed. */
      files: z.array(z.strictObject({ path: z.string(), bytes, sha256: z.string() })),
      segments: count,
    }),
  ),
  files: z.array(
    z.strictObject({
      path: z.string(),
      bytes,
      storedBytes: bytes,
      ratio,
      sha256: z.string(),
      format: z.enum(['safetensors', 'torch', 'gguf', 'opaque']),
    }),
  ),
  links: z.array(z.strictObject({ path: z.string(), target: z.string() })),
  /** Only where the delta gives an approximation. */
  lossy: lossySchema.optional(),
  segments: z.array(inspectedSegmentSchema),
  warnings: z.array(warningSchema),
});
export type InspectDeltaResult = z.infer<typeof inspectResultSchema>;

/** What became of the demo. */
export const demoResultSchema = z.strictObject({
  models: z.array(
    z.strictObject({
      model: z.string(),
      parent: z.string().nullable(),
      originalBytes: bytes,
      storedBytes: bytes,
      ratio,
      /** 10^6 bytes of the model a second. */
      createMBps: z.number(),
      applyMBps: z.number(),
      /** Every file came back with its SHA-256. */
      identical: z.boolean(),
    }),
  ),
  identical: z.boolean(),
  seconds,
});
export type DemoResult = z.infer<typeof demoResultSchema>;
export type DemoRow = DemoResult['models'][number];

const codes = Object.keys(exitCodes) as [ErrorCode, ...ErrorCode[]];

/** What is given instead of a result when a call failed. */
export const failureSchema = z.strictObject({
  error: z.strictObject({
    code: z.enum(codes),
    sentence: z.string(),
    place: z.strictObject({
      file: z.string().optional(),
      tensor: z.string().optional(),
      part: z.string().optional(),
    }),
  }),
});
export type Failure = z.infer<typeof failureSchema>;
