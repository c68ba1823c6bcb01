import { z } from 'zod';

import { openFile, orMissing, replaceFile, type FileSystem } from '../disk/index.ts';

const stateSchema = z.strictObject({
  format: z.literal(1),
  /** Milliseconds since 1970 that this clock shows. */
  trusted: z.int().min(0),
  /** What the computer's clock showed then. */
  wall: z.int().min(0),
  /** A leap that was seen and is not believed yet, and where the computer's clock stood after it. */
  leap: z.strictObject({ by: z.int().min(0), wall: z.int().min(0) }).nullable(),
});
type State = z.infer<typeof stateSchema>;

/** What is believed without a witness, and for how long a leap must last to be believed: one day. */
const day = 24 * 60 * 60 * 1000;
const largestFile = 4096;
const latest = 8.64e15;

/** The clocks of the computer: time of day, and milliseconds since some moment that never go back. */
export interface ComputerClock {
  now(): number;
  running(): number;
}

const computerClock: ComputerClock = { now: () => Date.now(), running: () => performance.now() };

/**
 * A clock for ages: it never runs backwards, and does not believe a leap forwards at once.
 *
 * Between two looks it goes on by what the computer's clock went on, by at most a day; by more only where this
 * process was running all the while. The rest of a longer leap is believed when the computer's clock has gone on
 * from there for a day without turning back: so it counts weeks in which nobody looked, but not a wrong year that is
 * soon put right. Where the computer's clock goes backwards, this one stands still and leaps not yet believed are
 * forgotten.
 */
export class TrustedClock {
  readonly #fs: FileSystem;
  readonly #path: string;
  readonly #computer: ComputerClock;
  #state: State;
  #ranAt: number;

  private constructor(fs: FileSystem, path: string, computer: ComputerClock, state: State) {
    this.#fs = fs;
    this.#path = path;
    this.#computer = computer;
    this.#state = state;
    this.#ranAt = computer.running();
  }

  /**
   * Opens the clock that is kept in a file. Where there is none, or one that cannot be read, it begins anew.
   * @param since the latest moment that this clock is known to have shown: with it, a lost file does not let time pass
   */
  static async open(
    fs: FileSystem,
    path: string,
    since?: Date,
    computer: ComputerClock = computerClock,
  ): Promise<TrustedClock> {
    const kept = await readState(fs, path);
    const wall = wallOf(computer);
    const begin = since?.getTime() ?? wall;
    const fresh: State = {
      format: 1,
      trusted: begin,
      wall,
      leap: wall > begin ? { by: wall - begin, wall } : null,
    };
    const clock = new TrustedClock(fs, path, computer, kept ?? fresh);
    if (kept !== undefined) clock.#advance(0);
    return clock;
  }

  /**
   * What this clock shows. Kept for the next look; where it cannot be kept, time passes more slowly and nothing else.
   */
  async now(): Promise<Date> {
    const ran = this.#computer.running() - this.#ranAt;
    this.#ranAt = this.#computer.running();
    this.#advance(ran);
    await replaceFile(this.#fs, this.#path, Buffer.from(`${JSON.stringify(this.#state)}\n`)).catch(
      () => undefined,
    );
    return new Date(this.#state.trusted);
  }

  /** @param ran milliseconds that this process ran since the last look */
  #advance(ran: number): void {
    const { trusted, wall: before, leap } = this.#state;
    const wall = wallOf(this.#computer);
    const gone = wall - before;
    if (gone < 0) {
      this.#state = { format: 1, trusted, wall, leap: null };
      return;
    }
    const believed = Math.min(gone, Math.max(day, Math.floor(ran)));
    const confirmed = leap !== null && wall - leap.wall >= day ? leap.by : 0;
    const doubted = gone - believed;
    const waiting = confirmed === 0 ? (leap?.by ?? 0) : 0;
    this.#state = {
      format: 1,
      trusted: Math.min(trusted + believed + confirmed, latest),
      wall,
      leap: doubted > 0 ? { by: doubted + waiting, wall } : waiting > 0 ? leap : null,
    };
  }
}

function wallOf(computer: ComputerClock): number {
  return Math.min(Math.max(0, Math.floor(computer.now())), latest);
}

async function readState(fs: FileSystem, path: string): Promise<State | undefined> {
  const file = await orMissing(openFile(fs, path, { followLinks: false })).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    if (file.size > largestFile) return undefined;
    const bytes = new Uint8Array(file.size);
    await file.read(0, bytes);
    return stateSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  } finally {
    await file.close().catch(() => undefined);
  }
}
