import { join } from 'node:path';

import { z } from 'zod';

import { DeltashelfError } from '../../../shared/index.ts';
import {
  makeFolder,
  orMissing,
  readFailure,
  shownPath,
  syncFolder,
  writeFailure,
  type FileSystem,
} from '../disk/index.ts';
import { LogFile, readLastRecord, readLog } from './log-file.ts';
import { takenSchema, type Taken, type TakenStep } from './taken-step.ts';

/** Finished steps that are kept for Activity and for `undo`. */
const mostFinished = 1000;
const logName = /^(\d{6,15})-([a-z-]{1,40})\.jsonl$/u;
const doneFolder = 'done';

const beginSchema = z.strictObject({
  begin: z.strictObject({ kind: z.string().max(40), at: z.iso.datetime(), plan: z.unknown() }),
});
const noteSchema = z.strictObject({ note: z.unknown() });
const endSchema = z.strictObject({ end: takenSchema.extend({ at: z.iso.datetime() }) });

/** A step under way. Until `end`, a restart takes it up where it was left. */
export interface JournalEntry {
  readonly id: string;
  readonly kind: string;
  readonly at: string;
  /** What is to be done, as `begin` was told. Parse it before use: it may come from disk. */
  readonly plan: unknown;
  /** What was noted on the way, in order. */
  readonly notes: readonly unknown[];
  /** Where it failed: it counts as interrupted from now on, as if the process had died. */
  leave(): void;
  /** Adds a note; it is on the medium when this returns. */
  note(record: unknown): Promise<void>;
  /**
   * The step is finished: `taken` is kept for Activity. Without it nothing of the step remains, and neither does
   * its log. When this fails the step stays unfinished, and the next recovery looks at it again.
   */
  end(taken?: Taken): Promise<void>;
}

/** A step that was interrupted. */
export interface UnfinishedEntry extends JournalEntry {
  /** Whether the disk lost a line between others. Its plan and the notes before that can still be used. */
  readonly damaged: boolean;
}

/** A step that was finished, with all that `undo` needs. */
export interface FinishedEntry {
  readonly id: string;
  readonly kind: string;
  readonly plan: unknown;
  readonly notes: readonly unknown[];
  readonly taken: Taken;
}

/** What was found when a step's log was read after an interruption. */
export interface Unfinished {
  /** Oldest first. */
  readonly entries: readonly UnfinishedEntry[];
  /** Logs of which not even the beginning can be read. They were set aside under these paths and nothing else was done. */
  readonly unreadable: readonly string[];
}

interface Finished {
  readonly name: string;
  readonly at: string;
  readonly taken: Taken;
}

/**
 * One log per step: `<number>-<kind>.jsonl` while it is under way, moved to `done/` when it is finished. A step is
 * finished when the last line of its log says so, wherever the log lies.
 */
export class Journal {
  readonly #fs: FileSystem;
  readonly #folder: string;
  readonly #now: () => Date;
  #next = 1;
  /** Steps that are under way in this process. */
  readonly #open = new Set<string>();
  #finished: Finished[] | undefined;

  private constructor(fs: FileSystem, folder: string, now: () => Date) {
    this.#fs = fs;
    this.#folder = folder;
    this.#now = now;
  }

  /** Opens the journal in a folder, which is made where it is missing. Its parent must exist. */
  static async open(fs: FileSystem, folder: string, now: () => Date = () => new Date()): Promise<Journal> {
    const journal = new Journal(fs, folder, now);
    for (const path of [folder, journal.#done]) await makeFolder(fs, path);
    const names = [...(await journal.#names(folder)), ...(await journal.#names(journal.#done))];
    journal.#next = Math.max(0, ...names.map((name) => Number(idOf(name)))) + 1;
    return journal;
  }

  /**
   * Writes down what a step is about to do. It is on the medium when this returns; where it fails, nothing is left.
   * @param plan all that is needed to finish the step or roll it back, as JSON
   * @throws DeltashelfError `disk-full`, `not-writable`, `write-failed`
   */
  async begin(kind: string, plan: unknown): Promise<JournalEntry> {
    const id = String(this.#next).padStart(6, '0');
    // A number is never given twice, even where the log could not be made.
    this.#next += 1;
    const at = this.#now().toISOString();
    const name = `${id}-${kind}.jsonl`;
    const log = await LogFile.create(this.#fs, join(this.#folder, name), { begin: { kind, at, plan } });
    this.#open.add(id);
    return this.#entry({ id, kind, at, plan }, [], name, log);
  }

  /**
   * Steps that were begun, not finished, and are not under way now. A last line that was written in part counts as
   * not written.
   * @throws DeltashelfError `not-readable`
   */
  async unfinished(): Promise<Unfinished> {
    const entries: UnfinishedEntry[] = [];
    const unreadable: string[] = [];
    for (const name of await this.#names(this.#folder)) {
      if (this.#open.has(idOf(name))) continue;
      const found = await this.#take(name);
      if (typeof found === 'string') unreadable.push(found);
      else if (found !== undefined) entries.push(found);
    }
    return { entries, unreadable };
  }

  /** Steps that were taken, newest first, as many as are kept. One whose log the disk does not give is not among them. */
  async activity(): Promise<TakenStep[]> {
    return this.#told(await this.#allFinished());
  }

  /**
   * The newest step that can be taken back.
   * @throws DeltashelfError `not-readable` where the disk does not give a log, so that it may be another one
   */
  async lastUndoable(): Promise<TakenStep | undefined> {
    const finished = await this.#allFinished();
    if (this.#finished === undefined) throw unknownLast(this.#done);
    return this.#told(finished).find(({ undo }) => undo !== null);
  }

  #told(finished: readonly Finished[]): TakenStep[] {
    const closed = new Set(finished.flatMap(({ taken }) => taken.closes));
    return finished
      .map(({ name, at, taken: { kind, name: model, undo, sentence } }) => {
        const id = idOf(name);
        return { id, kind, name: model, at, undo: closed.has(id) ? null : undo, sentence };
      })
      .reverse();
  }

  /** Ids of the steps that concern a subject and were not taken back, newest first. */
  async stepsAbout(subject: string): Promise<string[]> {
    const finished = await this.#allFinished();
    const closed = new Set(finished.flatMap(({ taken }) => taken.closes));
    const about = finished.filter(({ taken }) => taken.subject === subject).map(({ name }) => idOf(name));
    return about.filter((id) => !closed.has(id)).reverse();
  }

  /**
   * All that is known of a step that was taken.
   * @throws DeltashelfError `not-found` where it never was or is no longer kept, `not-readable`
   */
  async finished(id: string): Promise<FinishedEntry> {
    const known = (await this.#allFinished()).find(({ name }) => idOf(name) === id);
    const log = known && (await orMissing(readLog(this.#fs, join(this.#done, known.name))));
    const begun = beginSchema.safeParse(log?.records[0]).data?.begin;
    if (known === undefined || log === undefined || begun === undefined) throw noSuchStep(id);
    return { id, kind: begun.kind, plan: begun.plan, notes: notesOf(log.records), taken: known.taken };
  }

  get #done(): string {
    return join(this.#folder, doneFolder);
  }

  #entry(
    begun: Pick<JournalEntry, 'id' | 'kind' | 'at' | 'plan'>,
    notes: unknown[],
    name: string,
    log: LogFile,
  ): JournalEntry {
    return {
      ...begun,
      notes,
      note: async (record) => {
        await log.add({ note: record });
        notes.push(record);
      },
      leave: () => void this.#open.delete(begun.id),
      end: async (taken) => {
        this.#open.delete(begun.id);
        if (taken === undefined) await this.#drop(log.path);
        else await this.#finish(name, log, taken);
      },
    };
  }

  async #drop(path: string): Promise<void> {
    try {
      await this.#fs.unlink(path);
      await syncFolder(this.#fs, this.#folder);
    } catch (error) {
      throw writeFailure(error, path);
    }
  }

  async #finish(name: string, log: LogFile, taken: Taken): Promise<void> {
    const at = this.#now().toISOString();
    const known = await this.#allFinished();
    await log.add({ end: { ...taken, at } });
    known.push({ name, at, taken });
    await this.#putAway(name);
    while (known.length > mostFinished) {
      const [oldest] = known.splice(0, 1);
      // Kept a little longer, it harms nothing.
      if (oldest) await this.#fs.unlink(join(this.#done, oldest.name)).catch(() => undefined);
    }
  }

  /** A finished log is finished wherever it lies, so nothing is lost where this fails: it is tried again on opening. */
  async #putAway(name: string): Promise<void> {
    try {
      await this.#fs.rename(join(this.#folder, name), join(this.#done, name));
      for (const folder of [this.#done, this.#folder]) await syncFolder(this.#fs, folder);
    } catch {
      return;
    }
  }

  /** @returns the entry; or where an unreadable one was set aside; or nothing where there was nothing to take up */
  async #take(name: string): Promise<UnfinishedEntry | string | undefined> {
    const path = join(this.#folder, name);
    const read = await readLog(this.#fs, path);
    const begun = beginSchema.safeParse(read.records[0]).data?.begin;
    if (begun === undefined) {
      if (read.damaged || read.lines > 0) return this.#setAside(path);
      // `begin` never returned, so nothing was done.
      await this.#drop(path);
      return undefined;
    }
    if (endSchema.safeParse(read.records.at(-1)).success) {
      await this.#putAway(name);
      return undefined;
    }
    const log = LogFile.resume(this.#fs, path, read);
    const entry = this.#entry({ id: idOf(name), ...begun }, notesOf(read.records), name, log);
    return { ...entry, damaged: read.damaged };
  }

  async #setAside(path: string): Promise<string> {
    const aside = `${path}.damaged`;
    try {
      await this.#fs.rename(path, aside);
      await syncFolder(this.#fs, this.#folder);
    } catch (error) {
      throw writeFailure(error, aside);
    }
    return aside;
  }

  /** Oldest first. A log that is not whole is no step that anyone could take back. */
  async #allFinished(): Promise<Finished[]> {
    if (this.#finished !== undefined) return this.#finished;
    const found: Finished[] = [];
    let all = true;
    for (const name of await this.#names(this.#done)) {
      try {
        const last = await readLastRecord(this.#fs, join(this.#done, name));
        const end = endSchema.safeParse(last).data?.end;
        if (end === undefined) continue;
        const { at, ...taken } = end;
        found.push({ name, at, taken });
      } catch {
        all = false;
      }
    }
    // What could not be read now may be read next time.
    if (all) this.#finished = found;
    return found;
  }

  /** Names of logs in a folder, oldest first. */
  async #names(folder: string): Promise<string[]> {
    const all = await this.#fs.readdir(folder).catch((error: unknown) => {
      throw readFailure(error, folder);
    });
    const names = all.filter((name) => logName.test(name));
    return names.sort((left, right) => Number(idOf(left)) - Number(idOf(right)));
  }
}

function idOf(name: string): string {
  return logName.exec(name)?.[1] ?? '';
}

function notesOf(records: readonly unknown[]): unknown[] {
  return records.flatMap((record) => {
    const note = noteSchema.safeParse(record).data;
    return note === undefined ? [] : [note.note];
  });
}

function unknownLast(folder: string): DeltashelfError {
  return new DeltashelfError(
    'not-readable',
    `The disk does not give the record of a step in ${shownPath(folder)}, so nobody knows which was the last. Nothing was ` +
      'changed. Check the disk, or take a step back by its number.',
    { file: folder },
  );
}

function noSuchStep(id: string): DeltashelfError {
  return new DeltashelfError(
    'not-found',
    `There is no step ${id} among those that can be taken back. Nothing was changed. Look at the activity for their numbers.`,
  );
}
