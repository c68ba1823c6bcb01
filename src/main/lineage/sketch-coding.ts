import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { dtypeBits, type Dtype } from '../engine/dtypes.ts';
import { isRaw, placesOf } from './sketch-places.ts';
import { bytesFrom, valuesFrom } from './sketch-values.ts';
import type { ModelSketch, TensorSketch } from './sketch.ts';

// A sketch as bytes: a version, the length of a header, the header (deflated JSON), the sampled elements of all
// tensors one after another in their own types. A cache: what cannot be read is taken anew, so nothing throws.

/** A change of what is sampled, or how it is written, is a new version. */
export const sketchVersion = 1;
/** Bytes before the header. */
const HEAD = 5;
const MOST_BYTES = 64 << 20;
const MOST_TEXT = 256 << 20;
const MOST_TENSORS = 1_000_000;

const size = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const digest = z.string().regex(/^[0-9a-f]{32}$/);
const headerSchema = z.strictObject({
  files: z.array(z.string().max(65_536)).max(MOST_TENSORS),
  tensors: z
    .array(
      z.strictObject({
        name: z.string().max(65_536),
        file: size,
        dtype: z.enum(Object.keys(dtypeBits) as [Dtype, ...Dtype[]]),
        shape: z.array(size).max(64),
        bigEndian: z.literal(true).optional(),
        length: size,
        digest: digest.optional(),
        rows: size,
        columns: size,
      }),
    )
    .max(MOST_TENSORS),
  others: z
    .array(
      z.strictObject({ file: size, ordinal: size, length: size, digest: digest.optional(), packed: size }),
    )
    .max(MOST_TENSORS),
});

/** A sketch as bytes. */
export function encodeSketch({ tensors, others }: ModelSketch): Uint8Array {
  const files = [...new Set([...tensors, ...others].map(({ file }) => file))];
  const numbers = new Map(files.map((file, number) => [file, number]));
  const header: z.input<typeof headerSchema> = {
    files,
    tensors: tensors.map(({ name, file, dtype, shape, bigEndian, length, digest: known, rows, columns }) => ({
      ...{ name, file: numbers.get(file) ?? 0, dtype, shape: [...shape], length, rows, columns },
      ...(bigEndian && { bigEndian }),
      ...(known !== undefined && { digest: known }),
    })),
    others: others.map(({ file, ...rest }) => ({ ...rest, file: numbers.get(file) ?? 0 })),
  };
  const text = deflateRawSync(JSON.stringify(header));
  const head = new Uint8Array(HEAD);
  head[0] = sketchVersion;
  new DataView(head.buffer).setUint32(1, text.length, true);
  const samples = tensors.map(({ dtype, values, bytes }) =>
    bytes.length > 0 ? bytes : bytesFrom(dtype, values),
  );
  return Buffer.concat([head, text, ...samples]);
}

/**
 * Reads what `encodeSketch` wrote.
 * @returns undefined when it is damaged or of another version
 */
export function decodeSketch(encoded: Uint8Array): ModelSketch | undefined {
  if (encoded.length < HEAD || encoded.length > MOST_BYTES || encoded[0] !== sketchVersion) return undefined;
  const textBytes = new DataView(encoded.buffer, encoded.byteOffset).getUint32(1, true);
  if (textBytes > encoded.length - HEAD) return undefined;
  const header = readHeader(encoded.subarray(HEAD, HEAD + textBytes));
  if (!header) return undefined;
  const tensors: TensorSketch[] = [];
  let at = HEAD + textBytes;
  for (const { file: number, bigEndian, digest: known, ...rest } of header.tensors) {
    const file = header.files[number];
    const info = { ...rest, ...(bigEndian && { bigEndian }), ...(known !== undefined && { digest: known }) };
    const places = placesOf(info);
    const length = info.rows * info.columns * places.width;
    const fits = info.rows <= places.rows && info.columns <= places.columns && length <= encoded.length - at;
    if (file === undefined || !fits) return undefined;
    const sampled = encoded.subarray(at, at + length);
    at += length;
    const raw = isRaw(info);
    const asBytes = raw || info.dtype === 'F64';
    tensors.push({
      ...info,
      file,
      values: raw ? new Float32Array() : valuesFrom(info.dtype, sampled),
      // A copy, also of a Buffer: it outlives what it was read from.
      bytes: asBytes ? new Uint8Array(sampled) : new Uint8Array(),
    });
  }
  const others = header.others.map(({ file: number, digest: known, ...rest }) => ({
    ...rest,
    file: header.files[number] ?? '',
    ...(known !== undefined && { digest: known }),
  }));
  if (at !== encoded.length) return undefined;
  return { tensors, others, otherBytes: others.reduce((sum, { length }) => sum + length, 0) };
}

function readHeader(text: Uint8Array): z.infer<typeof headerSchema> | undefined {
  try {
    const json = inflateRawSync(text, { maxOutputLength: MOST_TEXT }).toString('utf8');
    return headerSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
