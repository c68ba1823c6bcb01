import { DeltashelfError } from '../../../shared/index.ts';
import { sketchVersion } from '../../lineage/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { contentOf } from './identify.ts';
import { refreshLineage } from './learn.ts';
import { matchWdeltas } from './match-wdeltas.ts';
import { makePlan, planStamp } from './make-plan.ts';

/** It rests so many times as long as it worked, and at most so long. */
const restTimes = 2;
const longestRestMs = 30_000;

/**
 * Finds out in the background what lists show of models: who came from whom, what their deltas would take, what is the
 * same as what. Begins when something changed and no job runs, and stops as soon as one does: a person's work goes
 * first. Where nothing changed it costs a look at the catalogue; where something changes all the time it works a part of
 * the time only.
 */
export class Preparing {
  readonly #context: LibraryContext;
  readonly #rest: () => Promise<void>;
  readonly #stopListening: () => void;
  #stop = new AbortController();
  #running: Promise<void> | undefined;
  #due = false;
  #resting: NodeJS.Timeout | undefined;
  #closed = false;
  /** What was known when lineage and plan were last made, and when all weights were last read. */
  #prepared = '';
  #read = '';

  /** @param rest called when something was found out and nothing more is to be */
  constructor(context: LibraryContext, rest: () => Promise<void>) {
    this.#context = context;
    this.#rest = rest;
    const { jobs } = context;
    this.#stopListening = jobs.onEvent(() => {
      if (jobs.isBusy) this.#stop.abort(new DeltashelfError('cancelled', 'A job goes first.'));
      else this.#wake();
    });
  }

  /** Says that something may have changed. */
  request(): void {
    this.#due = true;
    this.#begin();
  }

  /** Ends it, and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#resting);
    this.#stopListening();
    this.#stop.abort(new DeltashelfError('cancelled', 'Watching ends.'));
    await this.#running;
  }

  /** After a person's work there is no rest: they wait to see what came of it. */
  #wake(): void {
    clearTimeout(this.#resting);
    this.#resting = undefined;
    this.#begin();
  }

  #begin(): void {
    const { isBusy } = this.#context.jobs;
    if (!this.#due || this.#running || this.#resting || this.#closed || isBusy) return;
    this.#due = false;
    this.#stop = new AbortController();
    const began = performance.now();
    this.#running = this.#run(this.#stop.signal).finally(() => {
      this.#running = undefined;
      this.#restAfter(performance.now() - began);
    });
  }

  #restAfter(workedMs: number): void {
    if (this.#closed) return;
    this.#resting = setTimeout(() => this.#wake(), Math.min(longestRestMs, workedMs * restTimes));
    this.#resting.unref();
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      await this.#prepare({ signal });
    } catch (error) {
      if (signal.aborted) this.#due = true;
      else this.#context.emit({ event: 'alarm', sentence: sentenceFor(error), models: [] });
    }
  }

  async #prepare(control: CallControl & { readonly signal: AbortSignal }): Promise<void> {
    if (this.#known() !== this.#prepared) await this.#identify(control);
    this.#prepared = this.#known();
    if (this.#prepared === this.#read) return;
    await this.#readAll(control);
    this.#read = this.#prepared;
    await this.#rest();
  }

  async #identify(control: CallControl): Promise<void> {
    const context = this.#context;
    const { catalogue, unreadable } = context;
    await refreshLineage(context, control);
    // What could not be read now is no reason to wait for it.
    unreadable.clear();
    for (const id of catalogue.sketches.missing(sketchVersion)) unreadable.add(id);
    if (catalogue.planned.isFresh(planStamp(context))) return;
    await makePlan(context, control);
    context.emit({ event: 'changed' });
  }

  /** Takes the hashes of weights that were not read yet: what is the same as what, and who a model is wherever it lies. */
  async #readAll(control: CallControl & { readonly signal: AbortSignal }): Promise<void> {
    const { contents, models } = this.#context.catalogue;
    for (const id of models.ids()) {
      control.signal.throwIfAborted();
      if (contents.keyOf(id) === null) await contentOf(this.#context, id, control);
    }
    // Then lineage and plan are made anew, after a rest.
    if (await matchWdeltas(this.#context, control)) this.#due = true;
  }

  #known(): string {
    const { catalogue } = this.#context;
    return [planStamp(this.#context), ...catalogue.sketches.missing(sketchVersion)].join(' ');
  }
}

function sentenceFor(error: unknown): string {
  return error instanceof DeltashelfError ? error.message : 'Looking at the bytes of new models failed.';
}
