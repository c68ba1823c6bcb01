import type { Source } from '../sources/index.ts';
import type { Control } from '../streams.ts';

/** Share of the work that reading and hashing everything once is; the rest is coding. */
const IDENTIFY_SHARE = 0.2;

/** One figure for two pieces of work that run side by side, in bytes of the child; it never goes back. */
export class CreateProgress {
  readonly #control: Control;
  readonly #childBytes: number;
  readonly #allBytes: number;
  #identified = 0;
  #encoded = 0;

  constructor(child: Source, parents: readonly Source[], control: Control) {
    this.#control = control;
    this.#childBytes = bytesOf(child);
    this.#allBytes = [child, ...parents].reduce((sum, source) => sum + bytesOf(source), 0);
  }

  /** Bytes of child or parents that were read and hashed. */
  identified(bytes: number): void {
    this.#identified += bytes;
    this.#report();
  }

  /** Bytes of the child that are in the delta. */
  encoded(bytes: number): void {
    this.#encoded += bytes;
    this.#report();
  }

  #report(): void {
    const identify = this.#allBytes > 0 ? this.#identified / this.#allBytes : 1;
    const encode = this.#childBytes > 0 ? this.#encoded / this.#childBytes : 1;
    const share = IDENTIFY_SHARE * identify + (1 - IDENTIFY_SHARE) * encode;
    const totalBytes = this.#childBytes;
    const doneBytes = Math.min(totalBytes, Math.round(share * totalBytes));
    this.#control.onProgress?.({ phase: 'encode', doneBytes, totalBytes });
  }
}

function bytesOf(source: Source): number {
  return source.files.reduce((sum, file) => sum + file.size, 0);
}
