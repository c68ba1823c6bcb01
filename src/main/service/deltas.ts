import {
  DeltashelfError,
  type ApplyDeltaResult,
  type CreateDeltaResult,
  type InspectDeltaResult,
  type VerifyDeltaResult,
} from '../../shared/index.ts';
import { availableThreads, createPool, type Pool } from '../engine/pool/index.ts';
import type { FileSystem } from '../library/index.ts';
import { applyDeltaFile, type ApplyDeltaRequest } from './apply-delta.ts';
import { createDeltaFile, type CreateDeltaRequest } from './create-delta.ts';
import { inspectDeltaFile, type InspectDeltaRequest } from './inspect-delta.ts';
import type { JobControl } from './job.ts';
import type { Runtime } from './runtime.ts';
import type { Tools } from './tools.ts';
import { verifyDeltaFile, type VerifyDeltaRequest } from './verify-delta.ts';

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
