import type { FileStatus } from '../disk/index.ts';

/** Time as the settler needs it; passed in, so that tests need not wait. */
export interface SettleClock {
  /** Milliseconds since 1970; may jump. */
  wallMs(): number;
  /** Milliseconds since some moment; never goes back. */
  steadyMs(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason. */
  pause(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

export interface SettleTimes {
  /** How long size and time must stay as they are, between two looks. Milliseconds. */
  readonly quietMs: number;
  /** A file whose last change is this long ago needs no second look. Milliseconds. */
  readonly oldMs: number;
}

interface FirstLook {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ino: bigint;
  readonly sinceMs: number;
}

const usualTimes: SettleTimes = { quietMs: 2000, oldMs: 60_000 };
/** Files under watch at once; beyond it the oldest looks are forgotten, which only costs another look. */
const mostLooks = 100_000;

/**
 * Decides when a file has stopped changing: its last change is long ago, or two looks some time apart saw the same
 * size, time and file number. A time of change in the future (a clock was set back) proves nothing, so such a file
 * needs two looks. Keep one settler for all scans of a library: it remembers the first looks.
 */
export class Settler {
  readonly #clock: SettleClock;
  readonly #times: SettleTimes;
  readonly #looks = new Map<string, FirstLook>();

  constructor(clock: SettleClock, times: Partial<SettleTimes> = {}) {
    this.#clock = clock;
    this.#times = { ...usualTimes, ...times };
  }

  /** Notes a look at a file and says whether it has settled. */
  look(path: string, { size, mtimeNs, ino }: Pick<FileStatus, 'size' | 'mtimeNs' | 'ino'>): boolean {
    const age = this.#clock.wallMs() - Number(mtimeNs / 1_000_000n);
    const before = this.#looks.get(path);
    const same = before?.size === size && before.mtimeNs === mtimeNs && before.ino === ino;
    if (age >= this.#times.oldMs || (same && this.#quietSince(before.sinceMs))) {
      this.#looks.delete(path);
      return true;
    }
    if (!same) this.#note(path, { size, mtimeNs, ino, sinceMs: this.#clock.steadyMs() });
    return false;
  }

  /** Waits until a file that was looked at just now, and does not change, counts as settled. */
  async pause(signal: AbortSignal | undefined): Promise<void> {
    await this.#clock.pause(this.#times.quietMs, signal);
  }

  #quietSince(sinceMs: number): boolean {
    return this.#clock.steadyMs() - sinceMs >= this.#times.quietMs;
  }

  #note(path: string, look: FirstLook): void {
    this.#looks.delete(path);
    this.#looks.set(path, look);
    const [oldest] = this.#looks.keys();
    if (this.#looks.size > mostLooks && oldest !== undefined) this.#looks.delete(oldest);
  }
}
