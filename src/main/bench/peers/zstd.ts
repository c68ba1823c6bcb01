import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { childFile, parentBytes, type ParentInput, type Peer } from './peer.ts';

/** Beyond 2^27 bytes a decoder has to be told that it may take the memory; the largest window that it may take. */
const largestWindowLog = 30;
const largestHashLog = 24;

/** One zstd frame over `bytes`. */
export function zstdFrame(bytes: Uint8Array, level: number): Uint8Array {
  return zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    chunkSize: frameBound(bytes.length),
  });
}

/** What one frame holds; `byteLength` is its length, or a little more. */
export function unzstdFrame(frame: Uint8Array, byteLength: number): Uint8Array {
  return zstdDecompressSync(frame, { chunkSize: byteLength + 64 });
}

/** The whole file as one zstd frame at level 3: what a person gets without knowing that it is a model. */
export const zstdWhole: Peer = {
  name: 'zstd -3',
  encode: (input) => zstdFrame(childFile(input), 3),
  decode: (encoded, parentInput) => unzstdFrame(encoded, fileGuess(parentInput)),
};

/**
 * The whole file as one zstd frame at level 3 with the parent's elements before it, as `zstd --patch-from` does.
 * The window spans both, and the hash tables are as large as the parent: with the tables of level 3 zstd forgets
 * all but the last megabyte of it. So this row can be far below that of the command line at level 3.
 */
export const zstdPrefix: Peer = {
  name: 'zstd -3, parent as prefix',
  ...(dictionariesWork() ? {} : { unavailable: 'not available in this Node' }),
  encode(input) {
    const file = childFile(input);
    const dictionary = parentBytes(input);
    if (dictionary.length === 0) return zstdFrame(file, 3);
    const hashLog = clamp(Math.ceil(Math.log2(dictionary.length)), 17, largestHashLog);
    return zstdCompressSync(file, {
      dictionary,
      params: {
        [constants.ZSTD_c_compressionLevel]: 3,
        [constants.ZSTD_c_windowLog]: windowLog(file.length + dictionary.length),
        [constants.ZSTD_c_hashLog]: hashLog,
        [constants.ZSTD_c_chainLog]: hashLog,
      },
      chunkSize: frameBound(file.length),
    });
  },
  decode(encoded, parentInput) {
    const dictionary = parentBytes(parentInput);
    return zstdDecompressSync(encoded, {
      ...(dictionary.length === 0 ? {} : { dictionary }),
      params: { [constants.ZSTD_d_windowLogMax]: largestWindowLog },
      chunkSize: fileGuess(parentInput),
    });
  },
};

/** Node below 24.6 takes the option and ignores it. */
function dictionariesWork(): boolean {
  const sample = new Uint8Array(1024);
  let state = 1;
  for (let i = 0; i < sample.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    sample[i] = state >>> 24;
  }
  return zstdCompressSync(sample, { dictionary: sample }).length < sample.length / 4;
}

function windowLog(bytes: number): number {
  return clamp(Math.ceil(Math.log2(bytes)), 17, largestWindowLog);
}

/** Length of the file, but for long headers: a size for buffers, nothing more. */
function fileGuess({ tensors }: ParentInput): number {
  return tensors.reduce((sum, { byteLength }) => sum + byteLength, 65_536);
}

function frameBound(bytes: number): number {
  return bytes + (bytes >>> 8) + 1024;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
