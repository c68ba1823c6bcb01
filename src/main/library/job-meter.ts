import type { Control, Progress } from '../engine/streams.ts';

/** What a job is doing now. `publish` puts finished work under its final name. */
export type JobPhase = 'identify' | 'encode' | 'decode' | 'verify' | 'publish';

/** How far a job has come, over the bytes of all its phases together. Never goes back. */
export interface JobProgress {
  readonly phase: JobPhase;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What every call of the service accepts. */
export interface JobControl {
  /** Its reason is thrown as it is: a `DeltashelfError` with the code `cancelled`. */
  readonly signal?: AbortSignal;
  /** Told at most ten times a second, and once at the end. */
  readonly onProgress?: (progress: JobProgress) => void;
}

const shortestPause = 100;

/** A phase of a job, with the bytes that it goes through. */
export interface PlannedPhase {
  readonly phase: JobPhase;
  readonly bytes: number;
}

/** Adds up the phases of one job, of which the totals are known beforehand. */
export class JobMeter {
  readonly #control: JobControl;
  readonly #phases: readonly PlannedPhase[];
  readonly #totalBytes: number;
  #doneBytes = 0;
  #toldAt = 0;

  /** @param phases in their order */
  constructor(control: JobControl, phases: readonly PlannedPhase[]) {
    this.#control = control;
    this.#phases = phases;
    this.#totalBytes = phases.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** What the engine is given: how much of a phase it has done is put behind the phases before. */
  get control(): Control {
    const { signal } = this.#control;
    return {
      ...(signal && { signal }),
      onProgress: ({ phase, doneBytes }) => {
        const at = this.#phases.findIndex((planned) => planned.phase === phase);
        const before = this.#phases.slice(0, at).reduce((sum, { bytes }) => sum + bytes, 0);
        this.#tell(phase, before + Math.min(doneBytes, this.#phases[at]?.bytes ?? 0));
      },
    };
  }

  /** For work that tells only how much more of a phase it has done. What is beyond the planned bytes is not told. */
  adding(phase: Progress['phase'], totalBytes: number): (bytes: number) => void {
    const { onProgress } = this.control;
    let doneBytes = 0;
    return (bytes) => {
      doneBytes += bytes;
      onProgress?.({ phase, doneBytes, totalBytes });
    };
  }

  /** Tells that the last phase has begun: all bytes are through, nothing is in its place yet. */
  publishing(): void {
    this.#control.signal?.throwIfAborted();
    this.#tell('publish', this.#totalBytes, true);
  }

  #tell(phase: JobPhase, doneBytes: number, always = false): void {
    const now = performance.now();
    this.#doneBytes = Math.max(this.#doneBytes, doneBytes);
    if (!always && now - this.#toldAt < shortestPause) return;
    this.#toldAt = now;
    this.#control.onProgress?.({ phase, doneBytes: this.#doneBytes, totalBytes: this.#totalBytes });
  }
}
