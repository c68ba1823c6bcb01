import { mkdir, writeFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { nodeFileSystem } from '../../src/main/library/index.ts';
import type { PageService } from '../../src/main/web/page-service.ts';
import { Pages } from '../../src/main/web/pages.ts';
import { TypedPlaces } from '../../src/main/web/typed-places.ts';
import { WebHost } from '../../src/main/web/web-host.ts';
import type { LibraryEvent } from '../../src/shared/index.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';

/** A service that says what it was asked. */
export class EchoService implements PageService {
  readonly asked: { readonly name: string; readonly args: unknown }[] = [];
  readonly #listeners = new Set<(event: LibraryEvent) => void>();
  readonly given: string[] = [];

  async answer(name: string, args: unknown): Promise<{ readonly result: unknown }> {
    this.asked.push({ name, args });
    return { result: { name, args } };
  }

  chosen(path: string): { place: string; path: string } {
    this.given.push(path);
    return { place: `place-${this.given.length}`, path };
  }

  onEvent(listener: (event: LibraryEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: LibraryEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** A web host over an echo, with pages and folders of its own in a scratch folder. */
export interface StartedHost extends AsyncDisposable {
  readonly host: WebHost;
  readonly service: EchoService;
  /** The scratch folder; `pages` in it is what the host shows, `home` what it may name paths in. */
  readonly folder: string;
  readonly token: string;
  readonly origin: string;
  /** Sends a request as it is, without what a browser would add. */
  ask(path: string, asked?: Asked): Promise<Answered>;
  /** Makes a call as the page does. */
  call(name: string, args: unknown, headers?: OutgoingHttpHeaders): Promise<Answered>;
}

/** Files of a page, by name. */
type PageFiles = Readonly<Record<string, string>>;

const emptyPage: PageFiles = {
  'index.html':
    '<!doctype html><title>Deltashelf</title><script type="module" src="./assets/main.js"></script>',
  'assets/main.js': 'export {};',
};

export async function startHost(
  files: PageFiles = emptyPage,
  times?: { readonly headersMs: number; readonly requestMs: number },
): Promise<StartedHost> {
  const scratch = await scratchFolder();
  const pages = join(scratch.path, 'pages');
  const home = join(scratch.path, 'home');
  await mkdir(join(pages, 'assets'), { recursive: true });
  await mkdir(home);
  await writeFile(join(scratch.path, 'secret.txt'), 'secret');
  for (const [name, text] of Object.entries(files)) await writeFile(join(pages, name), text);
  const service = new EchoService();
  const host = await WebHost.start(
    {
      service,
      pages: await Pages.read(pages),
      places: await TypedPlaces.within(nodeFileSystem, [home]),
      port: 0,
    },
    times,
  );
  const token = new URL(host.address).hash.replace('#token=', '');
  const origin = `http://127.0.0.1:${host.port}`;
  const ask = (path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: host.port, path, method, headers, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => (text += part));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
          );
          response.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    host,
    service,
    folder: scratch.path,
    token,
    origin,
    ask,
    call: (name, args, headers = {}) =>
      ask(`/api/${name}`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Origin: origin,
          Authorization: `Bearer ${token}`,
          ...headers,
        },
        body: JSON.stringify(args),
      }),
    async [Symbol.asyncDispose]() {
      await host.close();
      await scratch[Symbol.asyncDispose]();
    },
  };
}
