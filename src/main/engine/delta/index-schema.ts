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
} from './limits.ts';

// The JSON text of the index. Columns instead of objects where there is one entry per segment or record; hashes as
// base64, several in one text; "exceptions" (columns.ts) where nearly all values are as usual.

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
const isText =
  (most: number) =>
  (value: unknown): value is string =>
    typeof value === 'string' && value.length <= most && value.isWellFormed();
const isName = isText(maxNameBytes);
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

function exceptions<T>(is: (value: unknown) => value is T, most = maxSegments) {
  return z.strictObject({ at: column(isCount, most), values: column(is, most) }).optional();
}

/** Several hashes of `bytes` bytes. */
function hashes(bytes: number, most: number) {
  return z.string().max(Math.ceil((bytes * most) / 3) * 4);
}

function exceptionalHashes(bytes: number, most: number) {
  return z.strictObject({ at: column(isCount, most), values: hashes(bytes, most) }).optional();
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
const digestBytes = 16;
const sha256Bytes = 32;

const parent = z.strictObject({
  name: label,
  kind: z.enum(['model', 'delta']),
  /** Of the files. Usual: what the model's file of the same path has. */
  paths: z.array(path).max(maxFiles),
  sizes: exceptions(isCount, maxFiles),
  sha256: exceptionalHashes(sha256Bytes, maxFiles),
  /** Of the segments that are used. Usual: what the first segment of the model that uses each has. */
  segments: z.strictObject({
    count: z.int().min(0).max(maxSegments),
    digests: exceptionalHashes(digestBytes, maxSegments),
    /** Usual: as the one before, at first 0. */
    files: exceptions(isCount),
    ordinals: exceptions(isCount),
    lengths: exceptions(isCount),
    /** Null where the segment is no tensor. */
    names: exceptions(orNull(isName)),
    dtypes: exceptions(isText(16)),
    shapes: exceptions(isShape),
    bigEndian: exceptions((value): value is boolean => typeof value === 'boolean'),
  }),
});

const shape = {
  writer: label,
  level: label,
  name: label,
  kind: z.enum(['file', 'folder']),
  requires: z.array(label).max(maxFeatures),
  files: z
    .array(
      z.strictObject({
        path,
        format: z.enum(['safetensors', 'torch', 'gguf', 'opaque']),
        segments: z.int().min(0).max(maxSegments),
        ...stamps,
      }),
    )
    .max(maxFiles),
  sha256: hashes(sha256Bytes, maxFiles),
  links: z
    .array(z.strictObject({ path, target: path }))
    .max(maxFiles)
    .optional(),
  folders: z
    .array(z.strictObject({ path, ...stamps }))
    .max(maxFiles)
    .optional(),
  segments: z.strictObject({
    /** One letter per segment: h header, t tensor, r raw. */
    kinds: z
      .string()
      .max(maxSegments)
      .regex(/^[htr]*$/),
    digests: hashes(digestBytes, maxSegments),
    /** Usual: what shape and type of a tensor come to, else 0. */
    lengths: exceptions(isCount),
    /** Of the tensors. */
    names: column(isName, maxSegments),
    shapes: column(isShape, maxSegments),
    /** Usual: as the one before, at first F32. */
    dtypes: exceptions(isText(16)),
    bigEndian: exceptions((value): value is boolean => typeof value === 'boolean'),
    recipes: column(isCount, maxSegments),
    /** Null for none, else the step from one after the last, over the segments of all parents. */
    inputs: column(orNull(isInteger), maxSegments),
    /** Of the scales; usual: null, none. */
    scaleObjects: exceptions(orNull(isCount)),
    scalePlaces: exceptions(orNull(isCount)),
    /** Of the changes. Usual: 0 where the segment is not coded, else 1, null, null. */
    shares: exceptions(isFigure),
    norms: exceptions(orNull(isFigure)),
    largest: exceptions(orNull(isFigure)),
  }),
  parents: z.array(parent).max(maxParents),
  recipes: z
    .array(
      z.strictObject({
        predictor: z.enum(['none', 'same', 'cast', 'scaled']),
        version: z.literal(0),
        alpha: z.int().min(0).max(0xffff_ffff).optional(),
        grid: z.enum(['BF16', 'F16']).optional(),
        coded: z.boolean(),
      }),
    )
    .max(maxRecipes),
  records: z.strictObject({
    /** One letter per record: the codec of a chunk as a digit, s scales, t tables. */
    kinds: z
      .string()
      .max(maxRecords)
      .regex(/^[0-7st]*$/),
    bytes: column(isCount, maxRecords),
    /** Of the chunks: step from the segment of the chunk before, at first from 0. */
    segments: column(isInteger, maxRecords),
    /** Of the chunks; usual: all that is left of the segment. */
    counts: exceptions(isCount, maxRecords),
  }),
};

/** The index as this version writes it. */
export const indexSchema = z.strictObject(shape);

/** The index of a newer minor version: it may say more, but nothing that a reader must know. */
export const laterIndexSchema = z.object(shape);

/** What is read first: a newer file may differ in all else. */
export const requirementsSchema = z.object({ requires: z.array(label).max(maxFeatures) });

export type IndexJson = z.infer<typeof indexSchema>;
export type ParentJson = z.infer<typeof parent>;
