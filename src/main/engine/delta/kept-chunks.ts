import type { LoadedChunk } from './grid-tensor.ts';

/** Chunks of one tensor that stay in shared memory between its survey and its coding. Who takes one frees it. */
export class KeptChunks {
  /** By first element. */
  readonly #chunks = new Map<number, LoadedChunk>();

  /** Holds the chunk that begins at an element. */
  keep(first: number, chunk: LoadedChunk): void {
    this.#chunks.set(first, chunk);
  }

  /** The chunk at the start of the tensor, still held. */
  get start(): LoadedChunk | undefined {
    return this.#chunks.get(0);
  }

  /** Gives away the chunk that begins at an element, if it is held. */
  take(first: number): LoadedChunk | undefined {
    const chunk = this.#chunks.get(first);
    this.#chunks.delete(first);
    return chunk;
  }

  /** Frees what nobody took; does nothing a second time. */
  free(): void {
    const left = [...this.#chunks.values()];
    this.#chunks.clear();
    for (const chunk of left) chunk.free();
  }
}
