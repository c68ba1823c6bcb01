import { z } from 'zod';
import { maxDimensions, maxNameBytes } from '../formats/limits.ts';
import {
  maxFeatures,
  maxFiles,
  maxLabelCharacters,
  maxParents,
  maxPathCharacters,
  maxRecipes,
  maxRecords,
  maxSegments,
  maxSteps,
} from './limits.ts';

// The JSON text of the index. Columns instead of objects where there is one entry per segment or record; hashes
// beside it (columns.ts); "exceptions" (columns.ts) where nearly all values are as usual.

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
const isText =
  (most: number) =>
  (value: unknown): value is string =>
    typeof value === 'string' && value.length <= most && value.isWellFormed();
const isName = isText(maxNameBytes);
const isSlope = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isCosine = (value: unknown): value is number => isSlope(value) && Math.abs(value) <= 1;
const isFigure = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isShape = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= maxDimensions && value.every(isCount);
const orNull =
  <T>(is: (value: unknown) => value is T) =>
  (value: unknown): value is T | null =>
    value === null || is(value);

/** A long array with one test for all: a hostile one gives one complaint, not a million. */
function column<T>(is: (value: unknown) => value is T, most: number) {
  return z.custom<readonly T[]>(
    (value) => Array.isArray(value) && value.length <= most && value.every(is),
    'is not a list of the expected values',
  );
}

const label = z
  .string()
  .max(maxLabelCharacters)
  .refine((text) => text.isWellFormed());
const path = z.string().max(maxPathCharacters);
const stamps = {
  mode: z.int().min(0).max(0o7777).optional(),
  mtimeNs: z
    .string()
    .regex(/^(0|-?[1-9]\d{0,18})$/)
    .optional(),
};
/** @param object what makes the schema of an object: whether it may have further keys */
function schemaOf(object: typeof z.object) {
  const exceptions = <T>(is: (value: unknown) => value is T, most = maxSegments) =>
    object({ at: column(isCount, most), values: column(is, most) }).optional();
  const parent = object({
    name: label,
    kind: z.enum(['model', 'delta']),
    /** Of the files. Usual: what the model's file of the same path has. */
    paths: z.array(path).max(maxFiles),
    sizes: exceptions(isCount, maxFiles),
    /** Positions only: the hashes stand with all others. */
    sha256: column(isCount, maxFiles).optional(),
    /** Of the segments that are used. Usual: what the first segment of the model that uses each has. */
    segments: object({
      count: z.int().min(0).max(maxSegments),
      /** Usual: as the one before, at first 0. */
      files: exceptions(isCount),
      /** Usual: the end of the one before in the same file, at first that of the user. */
      offsets: exceptions(isCount),
      lengths: exceptions(isCount),
      /** Null where the segment is no tensor. */
      names: exceptions(orNull(isName)),
      dtypes: exceptions(isText(16)),
      shapes: exceptions(isShape),
      bigEndian: exceptions((value): value is boolean => typeof value === 'boolean'),
    }),
  });

  return object({
    writer: label,
    level: label,
    name: label,
    kind: z.enum(['file', 'folder']),
    requires: z.array(label).max(maxFeatures),
    files: z
      .array(
        object({
          path,
          format: z.enum(['safetensors', 'torch', 'gguf', 'opaque']),
          segments: z.int().min(0).max(maxSegments),
          ...stamps,
        }),
      )
      .max(maxFiles),
    links: z
      .array(object({ path, target: path }))
      .max(maxFiles)
      .optional(),
    folders: z
      .array(object({ path, ...stamps }))
      .max(maxFiles)
      .optional(),
    segments: object({
      /** One letter per segment: h header, t tensor, r raw. */
      kinds: z
        .string()
        .max(maxSegments)
        .regex(/^[htr]*$/),
      /** Usual: what shape and type of a tensor come to, else 0. */
      lengths: exceptions(isCount),
      /** Of the tensors: patterns and steps (names.ts). */
      names: column(isName, maxSegments),
      steps: column(orNull(isInteger), maxSteps),
      shapes: column(isShape, maxSegments),
      /** Usual: as the one before, at first F32. */
      dtypes: exceptions(isText(16)),
      /** Usual: as the one before, at first false. */
      bigEndian: exceptions((value): value is boolean => typeof value === 'boolean'),
      recipes: column(isCount, maxSegments),
      /** Of those with an input: step from one after the last, over the segments of all parents. Usual: 0. */
      inputs: exceptions(isInteger),
      /** Of the coded tensors: side object of the scales. Usual: as the one before, at first null, none. */
      scaleObjects: exceptions(orNull(isCount)),
      /** Of those with scales. Usual: one after the one before in the same object, at first 0. */
      scalePlaces: exceptions(isCount),
      /** Of the coded: how much changed. The others did not change. */
      shares: column(isFigure, maxSegments),
      norms: column(orNull(isFigure), maxSegments),
      largest: column(orNull(isFigure), maxSegments),
    }),
    parents: z.array(parent).max(maxParents),
    /** From minor version 1 on: the delta gives an approximation. */
    lossy: object({
      codec: label,
      cosine: z.custom<number | null>(orNull(isCosine)),
      slope: z.custom<number>(isSlope),
      largest: z.custom<number>(isFigure),
      /** Of the segments with a chunk of a lossy codec. */
      cosines: column(orNull(isCosine), maxSegments),
      slopes: column(isSlope, maxSegments),
    }).optional(),
    recipes: z
      .array(
        object({
          predictor: z.enum(['none', 'same-0', 'cast-0', 'scaled-0']),
          grid: z.enum(['BF16', 'F16']).optional(),
          /** Left out when true. */
          coded: z.literal(false).optional(),
          bundled: z.literal(true).optional(),
        }),
      )
      .max(maxRecipes),
    records: object({
      /** One letter per record: the codec of a chunk, 0 to 9 and a to z; S scales, T tables. */
      kinds: z
        .string()
        .max(maxRecords)
        .regex(/^[0-9a-zST]*$/),
      bytes: column(isCount, maxRecords),
      /** Of the chunks: step from the segment of the chunk before, at first from 0. */
      segments: column(isInteger, maxRecords),
      /** Of the chunks; usual: all that is left of the segment, for a bundle 1. */
      counts: exceptions(isCount, maxRecords),
    }),
  });
}

/** The index as this version writes it. */
export const indexSchema = schemaOf(z.strictObject as typeof z.object);

/** The index of a newer minor version: any part may say more, but nothing that a reader must know. */
export const laterIndexSchema = schemaOf(z.object);

/** What is read first: a newer file may differ in all else. */
export const requirementsSchema = z.object({ requires: z.array(label).max(maxFeatures) });

export type IndexJson = z.infer<typeof indexSchema>;
export type ParentJson = IndexJson['parents'][number];
