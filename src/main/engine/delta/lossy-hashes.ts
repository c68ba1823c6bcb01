import { createHash, type Hash } from 'node:crypto';
import { createXXHash128, type IHasher } from 'hash-wasm';
import type { Digest, Source, SourceFile, SourceSegment } from '../sources/index.ts';
import { unitBytes } from './layout.ts';

const READ_BYTES = 1 << 20;

/**
 * Hashes of files as they will be decoded: of approximated segments what the decoder gives, of all others what the child
 * has. Approximated chunks come in order.
 */
export class LossyHashes {
  readonly #child: Source;
  readonly #digester: IHasher;
  readonly #sha256 = new Map<number, string>();
  readonly #digests = new Map<number, Digest>();
  #file: { readonly number: number; readonly hash: Hash; at: number } | undefined;
  #segment: { readonly number: number; at: number } | undefined;

  private constructor(child: Source, digester: IHasher) {
    this.#child = child;
    this.#digester = digester;
  }

  static async open(child: Source): Promise<LossyHashes> {
    return new LossyHashes(child, await createXXHash128());
  }

  /** A chunk of a segment from unit `first` on, as it decodes. */
  async add(segment: SourceSegment, first: number, bytes: Uint8Array): Promise<void> {
    if (this.#file?.number !== segment.file) {
      await this.#endFile();
      this.#file = { number: segment.file, hash: createHash('sha256'), at: 0 };
    }
    if (this.#segment?.number !== segment.number) {
      this.#endSegment();
      this.#segment = { number: segment.number, at: 0 };
      this.#digester.init();
    }
    const offset = first * unitBytes(segment);
    if (offset !== this.#segment.at) throw new Error('chunks of a segment come in order');
    await this.#exact(segment.offset + offset);
    this.#file.hash.update(bytes);
    this.#file.at += bytes.length;
    this.#digester.update(bytes);
    this.#segment.at += bytes.length;
  }

  /** Hashes what is left of the last file. */
  async end(): Promise<void> {
    await this.#endFile();
  }

  /** Of a file with an approximated segment. */
  sha256(file: SourceFile): string | undefined {
    return this.#sha256.get(this.#child.files.indexOf(file));
  }

  /** Of an approximated segment. */
  digest(segment: SourceSegment): Digest | undefined {
    return this.#digests.get(segment.number);
  }

  #endSegment(): void {
    if (this.#segment) this.#digests.set(this.#segment.number, this.#digester.digest());
    this.#segment = undefined;
  }

  async #endFile(): Promise<void> {
    this.#endSegment();
    const file = this.#file;
    if (!file) return;
    await this.#exact(this.#child.files[file.number]?.size ?? 0);
    this.#sha256.set(file.number, file.hash.digest('hex'));
    this.#file = undefined;
  }

  /** The child's own bytes up to a place in the file. */
  async #exact(end: number): Promise<void> {
    const file = this.#file;
    if (!file) return;
    const { firstSegment, endSegment } = this.#child.files[file.number] ?? { firstSegment: 0, endSegment: 0 };
    for (const segment of this.#child.segments.slice(firstSegment, endSegment)) {
      while (file.at < end && file.at >= segment.offset && file.at < segment.offset + segment.length) {
        const from = file.at - segment.offset;
        const bytes = new Uint8Array(Math.min(READ_BYTES, segment.length - from, end - file.at));
        await this.#child.read(segment, from, bytes);
        file.hash.update(bytes);
        file.at += bytes.length;
      }
    }
  }
}
