import { createHash } from 'node:crypto';
import { createXXHash128, type IHasher } from 'hash-wasm';
import type { RandomAccess } from '../streams.ts';
import type { Digest } from './source.ts';

const READ_BYTES = 1 << 20;

/** A run of a file that gets a digest of its own. */
export interface Part {
  readonly offset: number;
  readonly length: number;
}

/** What is known of a file's content after reading it once. */
export interface Identity {
  /** SHA-256 of the whole file, hexadecimal. */
  readonly sha256: string;
  /** Digests of the parts, in their order. */
  readonly digests: readonly Digest[];
}

/** Hashers that nobody uses: each holds compiled code and memory, and a model has thousands of segments. */
const idle: IHasher[] = [];

async function withHasher<Result>(work: (hasher: IHasher) => Promise<Result>): Promise<Result> {
  const hasher = idle.pop() ?? (await createXXHash128());
  try {
    return await work(hasher);
  } finally {
    idle.push(hasher);
  }
}

/** Pairs of blocks that nobody reads into: new memory costs more than reading does. */
const idleBlocks: [Uint8Array, Uint8Array][] = [];

/** The bytes of a file from its start, in blocks; the next block is read while the caller works on this one. */
async function* blocksOf(
  read: (offset: number, target: Uint8Array) => Promise<void>,
  length: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const size = Math.min(READ_BYTES, length);
  const large = length >= READ_BYTES;
  const blocks = (large ? idleBlocks.pop() : undefined) ?? [new Uint8Array(size), new Uint8Array(size)];
  let [current, other] = blocks;
  let next: Promise<void> | undefined = length > 0 ? read(0, current) : undefined;
  try {
    for (let at = 0; next;) {
      await next;
      signal?.throwIfAborted();
      const block = current.subarray(0, Math.min(size, length - at));
      at += block.length;
      next = at < length ? read(at, other.subarray(0, Math.min(size, length - at))) : undefined;
      // Whoever stops early does not hear of the read ahead.
      next?.catch(() => undefined);
      yield block;
      [current, other] = [other, current];
    }
  } finally {
    if (large) {
      await next?.catch(() => undefined);
      idleBlocks.push(blocks);
    }
  }
}

/**
 * Reads a file once: SHA-256 of all of it and a digest of each part. The parts cover the file in order.
 * @param onBytes told how many bytes were read, block by block
 */
export function identify(
  bytes: RandomAccess,
  parts: readonly Part[],
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<Identity> {
  return withHasher(async (hasher) => {
    const whole = createHash('sha256');
    const digests: Digest[] = [];
    let left = parts[0]?.length ?? 0;
    hasher.init();
    const endParts = (): void => {
      while (left === 0 && digests.length < parts.length) {
        digests.push(hasher.digest());
        hasher.init();
        left = parts[digests.length]?.length ?? 0;
      }
    };
    endParts();
    const read = (offset: number, target: Uint8Array): Promise<void> => bytes.read(offset, target);
    for await (const block of blocksOf(read, bytes.size, signal)) {
      whole.update(block);
      for (let at = 0; at < block.length;) {
        const run = block.subarray(at, at + left);
        hasher.update(run);
        at += run.length;
        left -= run.length;
        endParts();
      }
      onBytes?.(block.length);
    }
    return { sha256: whole.digest('hex'), digests };
  });
}

/** Digest of a run of bytes that is read block by block. */
export function digestOf(
  read: (offset: number, target: Uint8Array) => Promise<void>,
  length: number,
  signal?: AbortSignal,
): Promise<Digest> {
  return withHasher(async (hasher) => {
    hasher.init();
    for await (const block of blocksOf(read, length, signal)) hasher.update(block);
    return hasher.digest();
  });
}
