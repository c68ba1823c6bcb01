import { createHash } from 'node:crypto';
import { createXXHash128 } from 'hash-wasm';
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

/** The bytes of a run, in blocks; the next block is read while the caller works on this one. */
export async function* blocksOf(
  read: (offset: number, target: Uint8Array) => Promise<void>,
  offset: number,
  length: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const buffers = [
    new Uint8Array(Math.min(READ_BYTES, length)),
    new Uint8Array(Math.min(READ_BYTES, length)),
  ];
  const fetch = async (at: number): Promise<Uint8Array> => {
    const block = (buffers[(at / READ_BYTES) % 2] ?? new Uint8Array()).subarray(
      0,
      Math.min(READ_BYTES, length - at),
    );
    await read(offset + at, block);
    return block;
  };
  let next = length > 0 ? fetch(0) : undefined;
  for (let at = 0; next;) {
    const block = await next;
    signal?.throwIfAborted();
    at += block.length;
    next = at < length ? fetch(at) : undefined;
    next?.catch(() => undefined);
    yield block;
  }
}

/**
 * Reads a file once: SHA-256 of all of it and a digest of each part. The parts cover the file in order.
 * @param onBytes told how many bytes were read, block by block
 */
export async function identify(
  bytes: RandomAccess,
  parts: readonly Part[],
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<Identity> {
  const whole = createHash('sha256');
  const hasher = await createXXHash128();
  const digests: Digest[] = [];
  for (const part of parts) {
    hasher.init();
    const blocks = blocksOf((offset, target) => bytes.read(offset, target), part.offset, part.length, signal);
    for await (const block of blocks) {
      whole.update(block);
      hasher.update(block);
      onBytes?.(block.length);
    }
    digests.push(hasher.digest());
  }
  return { sha256: whole.digest('hex'), digests };
}

/** Digest of a run of bytes that is read block by block. */
export async function digestOf(
  read: (offset: number, target: Uint8Array) => Promise<void>,
  length: number,
  signal?: AbortSignal,
): Promise<Digest> {
  const hasher = await createXXHash128();
  hasher.init();
  for await (const block of blocksOf(read, 0, length, signal)) hasher.update(block);
  return hasher.digest();
}
