import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';

// Bytes that are no elements: headers, tokenizers, cards, unknown files. General compressors do them well.

/** Up to this size the slow and strong settings are worth their time. */
const SMALL = 131_072;

/** Bytes of a general compressor, and which it was. */
export interface PackedBytes {
  readonly codec: 'zstd' | 'brotli';
  readonly payload: Uint8Array;
}

/** Compresses by what is smaller; the caller compares with the bytes as they are. */
export function packBytes(bytes: Uint8Array): PackedBytes {
  const level = bytes.length <= SMALL ? 19 : 3;
  const zstd = zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } });
  if (bytes.length > SMALL) return { codec: 'zstd', payload: zstd };
  const brotli = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      [constants.BROTLI_PARAM_LGWIN]: 18,
    },
  });
  return brotli.length < zstd.length
    ? { codec: 'brotli', payload: brotli }
    : { codec: 'zstd', payload: zstd };
}

/**
 * Gives the bytes back.
 * @param most bytes that they may come to; a stream that would give more is stopped there
 * @param least bytes that they must come to; without it, just `most`
 * @returns undefined when the payload is damaged
 */
export function unpackBytes(packed: PackedBytes, most: number, least = most): Uint8Array | undefined {
  const unpack = packed.codec === 'zstd' ? zstdDecompressSync : brotliDecompressSync;
  try {
    const bytes = unpack(packed.payload, { maxOutputLength: Math.max(1, most) });
    return bytes.length >= least && bytes.length <= most ? bytes : undefined;
  } catch {
    return undefined;
  }
}

const packMethods = { stored: 0, zstd: 1, brotli: 2 } as const;

/** Bytes in the smallest form: a byte that names it, then the form. */
export function packAny(bytes: Uint8Array): Uint8Array {
  const packed = packBytes(bytes);
  if (packed.payload.length >= bytes.length) return Buffer.concat([Uint8Array.of(packMethods.stored), bytes]);
  return Buffer.concat([Uint8Array.of(packMethods[packed.codec]), packed.payload]);
}

/** Undoes `packAny`; `most` and `least` as in `unpackBytes`. */
export function unpackAny(packed: Uint8Array, most: number, least = most): Uint8Array | undefined {
  const payload = packed.subarray(1);
  const fits = payload.length >= least && payload.length <= most;
  if (packed[0] === packMethods.stored) return fits ? payload : undefined;
  if (packed[0] === packMethods.zstd) return unpackBytes({ codec: 'zstd', payload }, most, least);
  return packed[0] === packMethods.brotli
    ? unpackBytes({ codec: 'brotli', payload }, most, least)
    : undefined;
}
