import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Serve } from '../../shared/index.ts';
import { nodeFileSystem } from '../library/index.ts';
import { loadRuntime, openLastingLibrary, WindowService } from '../service/index.ts';
import { openBrowser } from './open-browser.ts';
import { Pages } from './pages.ts';
import { TypedPlaces } from './typed-places.ts';
import { WebHost } from './web-host.ts';

/**
 * Runs the service of a home and shows its page at an address of this machine, until it is told to end.
 * @throws DeltashelfError as `openLastingLibrary`, and where port, pages or folders cannot be had
 */
export const serve: Serve = async (request) => {
  const { home, threads, port = 0, roots, writer, sample, signal, onAddress, open } = request;
  const pages = await Pages.read(fileURLToPath(new URL('../renderer', import.meta.url)));
  const places = await TypedPlaces.within(nodeFileSystem, roots.length > 0 ? roots : [homedir()]);
  signal.throwIfAborted();
  const library = await openLastingLibrary({
    fs: nodeFileSystem,
    loadRuntime,
    writer,
    sample,
    watching: true,
    ...(home !== undefined && { home }),
    ...(threads !== undefined && { threads }),
  });
  try {
    const host = await WebHost.start({ service: new WindowService(library), pages, places, port });
    try {
      onAddress(host.address);
      if (open) openBrowser(host.addressForOnce());
      await aborted(signal);
    } finally {
      await host.close();
    }
  } finally {
    await library.close();
  }
};

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
