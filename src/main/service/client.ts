import type { CallArgs, CallResult, LibraryCall, LibraryEvent } from '../../shared/index.ts';

/** How far a call has come. */
export interface CallProgress {
  /** What is done now, as a verb: `encode`, `scan`. */
  readonly phase: string;
  /** The model it is about, where there is one. */
  readonly title?: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What a caller may add to a call. */
export interface CallControl {
  /** Its reason is thrown as it is: a `DeltashelfError` with the code `cancelled`. */
  readonly signal?: AbortSignal;
  /** Told at most ten times a second. */
  readonly onProgress?: (progress: CallProgress) => void;
}

/** The library as a face sees it, wherever the service runs: in this process, or in another one of the same home. */
export interface LibraryClient {
  /** @throws DeltashelfError */
  call<Call extends LibraryCall>(
    call: Call,
    args: CallArgs<Call>,
    control?: CallControl,
  ): Promise<CallResult<Call>>;
  /**
   * Begins long work and does not wait for it: it stays in the queue when this process ends, and pauses where a waiting
   * caller would be told of a full disk.
   * @returns number of its job
   * @throws DeltashelfError `usage` where the call is no long work
   */
  begin<Call extends LibraryCall>(call: Call, args: CallArgs<Call>): Promise<number>;
  /** Tells what happens in the library; the answer ends it. */
  onEvent(listener: (event: LibraryEvent) => void): () => void;
  /** Settles when the process that runs the service has ended; absent where this is the one. */
  readonly ended?: Promise<void>;
  close(): Promise<void>;
}
