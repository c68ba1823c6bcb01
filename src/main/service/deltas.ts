import {
  DeltashelfError,
  type ApplyDeltaResult,
  type CreateDeltaResult,
  type InspectDeltaResult,
  type VerifyDeltaResult,
} from '../../shared/index.ts';
import { availableThreads, createPool, type Pool } from '../engine/pool/index.ts';
import {
  applyDeltaFile,
  createDeltaFile,
  inspectDeltaFile,
  verifyDeltaFile,
  type ApplyDeltaRequest,
  type CreateDeltaRequest,
  type FileSystem,
  type InspectDeltaRequest,
  type JobControl,
  type Tools,
  type VerifyDeltaRequest,
} from '../library/index.ts';
import type { Runtime } from './runtime.ts';

/** What the service is made of. */
export interface DeltasOptions {
  readonly fs: FileSystem;
  readonly runtime: Runtime;
  /** Program and version, written into delta files for people. */
  readonly writer: string;
  /** Threads that code; default all that this process may use. */
  readonly threads?: number;
}

/**
 * Deltas by path: all that a face needs to make, read and prove them. Every call ends with a result of
 * shared/contract.ts or throws a `DeltashelfError`, and leaves nothing half-written behind.
 */
export class Deltas {
  readonly #options: DeltasOptions;
  #pool: Pool | undefined;

  constructor(options: DeltasOptions) {
    this.#options = options;
  }

  createDelta(request: CreateDeltaRequest, control: JobControl = {}): Promise<CreateDeltaResult> {
    return this.#with((tools) => createDeltaFile(tools, request, control));
  }

  applyDelta(request: ApplyDeltaRequest, control: JobControl = {}): Promise<ApplyDeltaResult> {
    return this.#with((tools) => applyDeltaFile(tools, request, control));
  }

  verifyDelta(request: VerifyDeltaRequest, control: JobControl = {}): Promise<VerifyDeltaResult> {
    return this.#with((tools) => verifyDeltaFile(tools, request, control));
  }

  /** Needs no threads. */
  inspectDelta(request: InspectDeltaRequest, signal?: AbortSignal): Promise<InspectDeltaResult> {
    return inspectDeltaFile(this.#options, request, signal);
  }

  /** Stops the threads. A later call starts them again. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.close();
  }

  async #with<Result>(work: (tools: Tools) => Promise<Result>): Promise<Result> {
    const { fs, runtime, writer, threads = availableThreads() } = this.#options;
    this.#pool ??= createPool({ ...runtime, threads });
    try {
      return await work({ fs, writer, pool: this.#pool });
    } catch (error) {
      // A thread may have died: the next call gets new ones.
      if (!(error instanceof DeltashelfError) || error.code === 'internal') await this.close();
      throw error;
    }
  }
}
