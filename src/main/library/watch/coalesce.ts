import type { Timer } from './timer.ts';

/** Time without an event after which the gathered ones are told. Milliseconds. */
const quietMs = 500;
/** Longest time that an event waits while others keep coming. Milliseconds. */
const longestMs = 5000;
/** Above this, only the folder as a whole is told. */
const mostPaths = 1000;

/** Gathers changed paths, and tells them together once there is a pause, sorted, each once. */
export class Coalescer {
  readonly #timer: Timer;
  readonly #folder: string;
  readonly #tell: (paths: readonly string[]) => void;
  readonly #paths = new Set<string>();
  #stopQuiet: () => void = () => undefined;
  #stopLongest: (() => void) | undefined;

  /** @param folder told instead of single paths where there are very many */
  constructor(timer: Timer, folder: string, tell: (paths: readonly string[]) => void) {
    this.#timer = timer;
    this.#folder = folder;
    this.#tell = tell;
  }

  add(path: string): void {
    if (this.#paths.size <= mostPaths) this.#paths.add(path);
    this.#stopQuiet();
    this.#stopQuiet = this.#timer.after(quietMs, () => this.#flush());
    this.#stopLongest ??= this.#timer.after(longestMs, () => this.#flush());
  }

  /** Forgets what was gathered. */
  close(): void {
    this.#stopQuiet();
    this.#stopLongest?.();
    this.#stopLongest = undefined;
    this.#paths.clear();
  }

  #flush(): void {
    const paths = this.#paths.size > mostPaths ? [this.#folder] : [...this.#paths].sort();
    this.close();
    this.#tell(paths);
  }
}
