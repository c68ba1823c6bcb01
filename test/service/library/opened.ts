import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import { openLibrary, type LibraryClient } from '../../../src/main/service/index.ts';
import {
  libraryCalls,
  type CallArgs,
  type CallResult,
  type LibraryCall,
  type LibraryEvent,
} from '../../../src/shared/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { runtime } from '../../library/deltas/tools.ts';

/** A library in a scratch folder, with an empty folder `models` that is not watched yet. */
export interface TestLibrary extends AsyncDisposable {
  readonly folder: string;
  readonly client: LibraryClient;
  /** What the service told. */
  readonly events: LibraryEvent[];
  at(path: string): string;
  /** Makes a call and checks that its result is what the contract says. */
  call<Call extends LibraryCall>(
    call: Call,
    args: CallArgs<Call>,
    signal?: AbortSignal,
  ): Promise<CallResult<Call>>;
  /** States by name. */
  states(): Promise<Record<string, string>>;
  /** Does something while no process has it open. */
  whileClosed<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Opens it again, as another process would. */
  reopen(options?: Partial<Parameters<typeof openLibrary>[0]>): Promise<LibraryClient>;
}

/** Opens the library of a home as a face does. */
export function openHome(
  home: string,
  options: Partial<Parameters<typeof openLibrary>[0]> = {},
  fs: FileSystem = nodeFileSystem,
): Promise<LibraryClient> {
  return openLibrary({
    fs,
    loadRuntime: () => Promise.resolve(runtime),
    writer: 'test',
    threads: 1,
    home,
    ...options,
  });
}

export async function testLibrary(): Promise<TestLibrary> {
  const scratch = await scratchFolder();
  const home = join(scratch.path, 'home');
  const events: LibraryEvent[] = [];
  const open = async (options: Partial<Parameters<typeof openLibrary>[0]> = {}): Promise<LibraryClient> => {
    const opened = await openHome(home, options);
    opened.onEvent((event) => events.push(event));
    return opened;
  };
  await mkdir(join(scratch.path, 'models'));
  let client = await open();
  return {
    folder: scratch.path,
    events,
    get client() {
      return client;
    },
    at: (path) => join(scratch.path, path),
    async call(call, args, signal) {
      const result = await client.call(call, args, signal && { signal });
      return libraryCalls[call].result.parse(result) as CallResult<typeof call>;
    },
    async states() {
      const { models } = await client.call('list', {});
      return Object.fromEntries(models.map(({ name, state }) => [name, state]));
    },
    async reopen(options) {
      await client.close();
      client = await open(options);
      return client;
    },
    async whileClosed(work) {
      await client.close();
      try {
        return await work();
      } finally {
        client = await open();
      }
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await scratch[Symbol.asyncDispose]();
    },
  };
}
