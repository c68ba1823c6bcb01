// The entry of the app's service process. `out/main/service-process.js` is this file; desktop.js starts it.
import { createBirpc } from 'birpc';
import { fileURLToPath } from 'node:url';
import { DeltashelfError } from '../../shared/index.ts';
import { nodeFileSystem } from '../library/index.ts';
import { loadRuntime, openLastingLibrary, toFailure, WindowService } from '../service/index.ts';
import type { LibraryClient } from '../service/index.ts';
import { EventPace } from './service/event-pace.ts';
import type { Answer, ServiceFunctions, ShellFunctions } from './service/functions.ts';
import { writer } from './version.ts';

let library: LibraryClient | undefined;
let service: WindowService | undefined;

const functions: ServiceFunctions = {
  open: (home) =>
    answered(async () => {
      library = await openLastingLibrary({
        fs: nodeFileSystem,
        loadRuntime,
        writer,
        watching: true,
        sample: fileURLToPath(new URL('../../resources/sample-library', import.meta.url)),
        ...(home !== null && { home }),
      });
      service = new WindowService(library);
      const pace = new EventPace((event) => void shell.event.asEvent(event).catch(() => undefined));
      service.onEvent((event) => pace.tell(event));
      return null;
    }),
  answer: async (name, args) => service?.answer(name, args) ?? answered(notOpen),
  chosen: (path) => answered(() => (service ?? notOpen()).chosen(path)),
  pathOf: (what) => answered(() => (service ?? notOpen()).pathOf(what)),
  close: async () => library?.close(),
};

const { parentPort } = process;
const shell = createBirpc<ShellFunctions, ServiceFunctions>(functions, {
  post: (message: unknown) => parentPort.postMessage(message),
  on: (receive) => void parentPort.on('message', ({ data }) => receive(data)),
  timeout: -1,
});

async function answered<Result>(work: () => Promise<Result> | Result): Promise<Answer<Result>> {
  try {
    return { result: await work() };
  } catch (error) {
    return toFailure(error);
  }
}

function notOpen(): never {
  throw new DeltashelfError(
    'internal',
    'The library is not open yet. Nothing was done. Try again in a moment.',
  );
}
