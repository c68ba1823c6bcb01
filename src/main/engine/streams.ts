/** Random access to the bytes of one file. Paths stay outside the engine: whoever opens files hands these in. */
export interface RandomAccess {
  /** Length in bytes; constant while open. */
  readonly size: number;
  /**
   * Fills `target` completely with the bytes from `offset` on. `target` may lie in shared memory.
   * @throws DeltashelfError `not-readable` or `changed-while-reading` when the bytes cannot be had.
   */
  read(offset: number, target: Uint8Array): Promise<void>;
}

/** A sequential receiver of bytes. `bytes` may be reused by the caller once the promise is settled. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

/** How far a long piece of work has come. */
export interface Progress {
  readonly phase: 'identify' | 'encode' | 'decode' | 'verify';
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What every long engine operation accepts. */
export interface Control {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}
