import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  failureSchema,
  serveResultSchema,
  type Failure,
  type JobSummary,
  type LibraryEvent,
} from '../../src/shared/index.ts';
import {
  windowCalls,
  type ChosenPlace,
  type WindowArgs,
  type WindowCall,
  type WindowResult,
} from '../../src/shared/window/index.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';

const cli = fileURLToPath(new URL('../../out/main/cli.js', import.meta.url));
const samples = fileURLToPath(new URL('../../resources/sample-library', import.meta.url));

/** SHA-256 of every file below a folder, by its path in it. */
export type Hashes = Readonly<Record<string, string>>;

/**
 * The built web host as a process of its own, over `home` in a scratch folder. There are a folder `models`, and `person`,
 * which is what the host takes for the person's own.
 */
export interface ServedLibrary extends AsyncDisposable {
  /** What it printed; of the process that runs now. */
  readonly address: string;
  at(path: string): string;
  /** Copies models of the sample library into a folder. */
  put(names: readonly string[], folder?: string): Promise<void>;
  hashes(folder: string): Promise<Hashes>;
  /** Makes a call as the page does, and checks that the answer is what the contract says. */
  ask<Call extends WindowCall>(call: Call, args: WindowArgs<Call>): Promise<WindowResult<Call>>;
  /** Makes a call that must fail. */
  failureOf<Call extends WindowCall>(call: Call, args: WindowArgs<Call>): Promise<Failure['error']>;
  choose(path: string): Promise<{ readonly result: ChosenPlace } | Failure>;
  /** What was told since the process began. */
  readonly events: readonly LibraryEvent[];
  /** Asks for long work and waits for its end. */
  done(started: Promise<{ readonly job: number }>): Promise<JobSummary>;
  /** Asks again whenever something happened, until the answer is the one. */
  until<Found>(look: () => Promise<Found>, holds: (found: Found) => boolean): Promise<Found>;
  /** Ends it as a person does, or as a power failure; the answer is its exit code. */
  stop(signal: 'SIGINT' | 'SIGKILL'): Promise<number | null>;
  /** Starts it again. */
  start(): Promise<void>;
}

export async function serveLibrary(): Promise<ServedLibrary> {
  const scratch = await scratchFolder();
  const at = (path: string): string => join(scratch.path, path);
  for (const folder of ['models', 'person']) await mkdir(at(folder));
  let running = await Running.start(scratch.path);
  const library: ServedLibrary = {
    get address() {
      return running.address;
    },
    get events() {
      return running.events;
    },
    at,
    async put(names, folder = 'models') {
      for (const name of names) await cp(join(samples, name), at(join(folder, name)), { recursive: true });
    },
    hashes: (folder) => hashesBelow(at(folder)),
    async ask(call, args) {
      const { result, error } = await running.post(call, args);
      if (error) throw new Error(`${call}: ${error.sentence} [${error.code}]`);
      return windowCalls[call].result.parse(result) as WindowResult<typeof call>;
    },
    async failureOf(call, args) {
      const answer = await running.post(call, args);
      return failureSchema.parse(answer).error;
    },
    choose: (path) => running.post('host/choose', { path }) as Promise<{ result: ChosenPlace } | Failure>,
    async done(started) {
      const { job } = await started;
      const { jobs } = await library.until(
        () => library.ask('jobs', {}),
        (found) => found.jobs.some(({ id, endedAt }) => id === job && endedAt !== null),
      );
      const ended = jobs.find(({ id }) => id === job);
      if (!ended) throw new Error('a job that ended is among the jobs');
      return ended;
    },
    async until(look, holds) {
      for (;;) {
        const told = running.events.length;
        const found = await look();
        if (holds(found)) return found;
        while (running.events.length === told) await sleep(20);
      }
    },
    stop: (signal) => running.stop(signal),
    async start() {
      running = await Running.start(scratch.path);
    },
    async [Symbol.asyncDispose]() {
      await running.stop('SIGKILL');
      await scratch[Symbol.asyncDispose]();
    },
  };
  return library;
}

/** One process of the host, and a connection to it. */
class Running {
  readonly events: LibraryEvent[] = [];
  readonly #child: ChildProcess;
  readonly #end = new AbortController();
  readonly address: string;

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.address = address;
  }

  static async start(root: string): Promise<Running> {
    const child = spawn(
      process.execPath,
      [cli, 'serve', '--no-open', '--json', '--threads', '2', '--home', join(root, 'home'), '--root', root],
      // Programs keep their models in a person's home folder: here it is an empty one.
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, HOME: join(root, 'person') } },
    );
    const exited = once(child, 'exit').then(([code]) => {
      throw new Error(`The web host ended before it listened, with exit code ${String(code)}.`);
    });
    exited.catch(() => undefined);
    const line = (await Promise.race([once(createInterface(child.stdout), 'line'), exited])) as [string];
    const { address } = serveResultSchema.parse(JSON.parse(line[0]));
    const running = new Running(child, address);
    await running.#listen();
    return running;
  }

  async post(call: string, args: unknown): Promise<{ result?: unknown; error?: Failure['error'] }> {
    const response = await fetch(new URL(`/api/${call}`, this.address), {
      method: 'POST',
      headers: { ...this.#authorization, 'Content-Type': 'application/json' },
      body: JSON.stringify(args),
    });
    return (await response.json()) as { result?: unknown; error?: Failure['error'] };
  }

  async stop(signal: 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    const [code] = (await exited) as [number | null];
    this.#end.abort();
    return code;
  }

  get #authorization(): { Authorization: string } {
    return { Authorization: `Bearer ${new URL(this.address).hash.replace('#token=', '')}` };
  }

  async #listen(): Promise<void> {
    const response = await fetch(new URL('/api/events', this.address), {
      headers: this.#authorization,
      signal: this.#end.signal,
    });
    void this.#read(response.body as unknown as AsyncIterable<Uint8Array>).catch(() => undefined);
  }

  async #read(body: AsyncIterable<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const part of body) {
      const messages = (text + decoder.decode(part, { stream: true })).split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages.filter((each) => each.startsWith('data: '))) {
        this.events.push(JSON.parse(message.slice('data: '.length)) as LibraryEvent);
      }
    }
  }
}

async function hashesBelow(folder: string): Promise<Hashes> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const hashes: Record<string, string> = {};
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    hashes[relative(folder, path)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return hashes;
}
