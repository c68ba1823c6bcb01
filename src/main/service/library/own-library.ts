import {
  DeltashelfError,
  type CallArgs,
  type CallResult,
  type LibraryCall,
  type LibraryEvent,
} from '../../../shared/index.ts';
import type { CallControl, LibraryClient } from '../client.ts';
import type { Handler, LibraryContext } from './context.ts';
import type { Exclusive } from './exclusive.ts';
import { handlers, isReader } from './handlers.ts';
import { jobKindOf } from './job-calls.ts';
import { parseArgs } from './parse-args.ts';
import { enqueueCall, runAsJob } from './run-job.ts';

/** The service itself: parses what a call is given, runs long ones as jobs, and lets one of the others at a time write. */
export class OwnLibrary implements LibraryClient {
  readonly #context: LibraryContext;
  readonly #listeners: Set<(event: LibraryEvent) => void>;
  readonly #writing: Exclusive;
  readonly #closeAll: () => Promise<void>;
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    context: LibraryContext,
    listeners: Set<(event: LibraryEvent) => void>,
    writing: Exclusive,
    closeAll: () => Promise<void>,
  ) {
    this.#context = context;
    this.#listeners = listeners;
    this.#writing = writing;
    this.#closeAll = closeAll;
  }

  async call<Call extends LibraryCall>(
    call: Call,
    args: CallArgs<Call>,
    control: CallControl = {},
  ): Promise<CallResult<Call>> {
    control.signal?.throwIfAborted();
    const parsed = parseArgs(call, args);
    const running = this.#begin(call, parsed, control);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async begin<Call extends LibraryCall>(call: Call, args: CallArgs<Call>): Promise<number> {
    const parsed = parseArgs(call, args);
    const kind = jobKindOf(call, parsed);
    if (!kind) {
      throw new DeltashelfError('usage', `The call ${call} is no long work. Nothing was done; wait for it.`);
    }
    this.#context.jobs.start();
    return Promise.resolve(enqueueCall(this.#context, call, kind, parsed).id);
  }

  #begin<Call extends LibraryCall>(
    call: Call,
    parsed: unknown,
    control: CallControl,
  ): Promise<CallResult<Call>> {
    const kind = jobKindOf(call, parsed);
    if (kind) {
      // What an earlier process left undone goes on now that somebody wants work done, not at every look.
      this.#context.jobs.start();
      return runAsJob(this.#context, call, kind, parsed, control) as Promise<CallResult<Call>>;
    }
    const handler = handlers[call] as Handler<unknown, CallResult<Call>>;
    const work = async (): Promise<CallResult<Call>> => handler(this.#context, parsed, control);
    return isReader(call, parsed) ? work() : this.#writing.run(work, control.signal);
  }

  onEvent(listener: (event: LibraryEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#closeAll();
  }
}
