import {
  DeltashelfError,
  type ApplyDeltaResult,
  type CreateDeltaResult,
  type ExportWdeltaResult,
  type ImportWdeltaResult,
  type InspectDeltaResult,
  type InspectWdeltaResult,
  type SweepResult,
  type VerifyDeltaResult,
} from '../../shared/index.ts';
import { availableThreads, createPool, type Pool } from '../engine/pool/index.ts';
import {
  applyDeltaFile,
  applyWdeltaFile,
  createDeltaFile,
  exportWdeltaFile,
  importWdeltaFile,
  inspectDeltaFile,
  inspectWdeltaFile,
  isWdelta,
  sweepDelta,
  verifyDeltaFile,
  type ApplyDeltaRequest,
  type CreateDeltaRequest,
  type ExportWdeltaRequest,
  type ImportWdeltaRequest,
  type FileSystem,
  type InspectDeltaRequest,
  type JobControl,
  type SweepRequest,
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

  /** Takes a .wdelta file too. */
  async applyDelta(request: ApplyDeltaRequest, control: JobControl = {}): Promise<ApplyDeltaResult> {
    const apply = (await isWdelta(this.#options.fs, request.file)) ? applyWdeltaFile : applyDeltaFile;
    return this.#with((tools) => apply(tools, request, control));
  }

  importWdelta(request: ImportWdeltaRequest, control: JobControl = {}): Promise<ImportWdeltaResult> {
    return this.#with((tools) => importWdeltaFile(tools, request, control));
  }

  exportWdelta(request: ExportWdeltaRequest, control: JobControl = {}): Promise<ExportWdeltaResult> {
    return this.#with((tools) => exportWdeltaFile(tools, request, control));
  }

  sweepDelta(request: SweepRequest, control: JobControl = {}): Promise<SweepResult> {
    return this.#with((tools) => sweepDelta(tools, request, control));
  }

  verifyDelta(request: VerifyDeltaRequest, control: JobControl = {}): Promise<VerifyDeltaResult> {
    return this.#with((tools) => verifyDeltaFile(tools, request, control));
  }

  /** Needs no threads. Takes a .wdelta file too. */
  async inspectDelta(
    request: InspectDeltaRequest,
    signal?: AbortSignal,
  ): Promise<InspectDeltaResult | InspectWdeltaResult> {
    if (await isWdelta(this.#options.fs, request.file)) {
      return inspectWdeltaFile(this.#options, request.file, signal);
    }
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
