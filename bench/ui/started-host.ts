import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { nodeFileSystem } from '../../src/main/library/index.ts';
import { openLibrary, WindowService, type LibraryClient } from '../../src/main/service/index.ts';
import { Pages } from '../../src/main/web/pages.ts';
import { TypedPlaces } from '../../src/main/web/typed-places.ts';
import { WebHost } from '../../src/main/web/web-host.ts';

const root = new URL('../../', import.meta.url);

/** Where the built page is. */
export const pageFolder = fileURLToPath(new URL('out/renderer', root));

/** A service and its web host, in this process. */
export interface StartedHost extends AsyncDisposable {
  readonly address: string;
  readonly library: LibraryClient;
}

/** Shows a home as `deltashelf serve` does. */
export async function startHost(home: string, watching: boolean): Promise<StartedHost> {
  await mkdir(home, { recursive: true });
  const pages = await Pages.read(pageFolder);
  const places = await TypedPlaces.within(nodeFileSystem, [home]);
  const library = await openLibrary({
    fs: nodeFileSystem,
    loadRuntime: async () => ({
      module: await WebAssembly.compile(await readFile(new URL('build/kernels.wasm', root))),
      startWorker: () => new Worker(new URL('out/main/pool-worker.js', root), { execArgv: [] }),
    }),
    writer: 'bench',
    sample: fileURLToPath(new URL('resources/sample-library', root)),
    home,
    watching,
  });
  const host = await WebHost.start({ service: new WindowService(library), pages, places, port: 0 });
  return {
    address: host.address,
    library,
    [Symbol.asyncDispose]: async () => {
      await host.close();
      await library.close();
    },
  };
}
