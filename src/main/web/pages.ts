import { readdir, readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { DeltashelfError } from '../../shared/index.ts';
import { Refusal } from './refusal.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

interface Page {
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzip: Buffer | undefined;
  /** Its name holds a hash of its content. */
  readonly forever: boolean;
}

/**
 * The files of the page, as they were when the host started. They lie in memory: a request names one of these, and no
 * name that it could think of leads to the disk.
 */
export class Pages {
  readonly #pages: ReadonlyMap<string, Page>;

  private constructor(pages: ReadonlyMap<string, Page>) {
    this.#pages = pages;
  }

  /**
   * Reads a folder of pages; links in it are left out.
   * @throws DeltashelfError `not-found` where it holds no page
   */
  static async read(folder: string): Promise<Pages> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const pages = new Map<string, Page>();
    for (const entry of entries) {
      const type = types[extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const path = join(entry.parentPath, entry.name);
      const name = relative(folder, path).replaceAll(sep, '/');
      pages.set(`/${name}`, await readPage(path, type, name.startsWith('assets/')));
    }
    const index = pages.get('/index.html');
    if (!index) {
      throw new DeltashelfError(
        'not-found',
        `The pages of Deltashelf are not in ${folder}. Nothing was done. Build them with "npm run build", or install ` +
          'Deltashelf again.',
        { file: folder },
      );
    }
    return new Pages(pages.set('/', index));
  }

  /**
   * Answers with the file that a path names.
   * @param path as it stood in the request, without its query
   * @throws Refusal 400, 404
   */
  send(path: string, acceptsGzip: boolean, response: ServerResponse): void {
    const page = this.#pages.get(decodedOnce(path));
    if (!page) throw new Refusal(404, 'There is no such page.', 'not-found');
    const zipped = acceptsGzip ? page.gzip : undefined;
    const body = zipped ?? page.bytes;
    response.writeHead(200, {
      'Content-Type': page.type,
      'Content-Length': body.length,
      'Cache-Control': page.forever ? 'private, max-age=31536000, immutable' : 'no-store',
      Vary: 'Accept-Encoding',
      ...(zipped && { 'Content-Encoding': 'gzip' }),
    });
    response.end(body);
  }
}

/** No file of ours has a name with these in it, however they are written. */
function decodedOnce(path: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    throw new Refusal(400, 'The path cannot be read.', 'usage');
  }
  if (/[\\%\0]/u.test(decoded) || decoded.split('/').includes('..')) {
    throw new Refusal(400, 'The path leads out of the pages.');
  }
  return decoded;
}

async function readPage(path: string, type: string, forever: boolean): Promise<Page> {
  const bytes = await readFile(path);
  const zipped = /^(?:text|application)\/|svg/u.test(type) ? await promisify(gzip)(bytes) : undefined;
  return { type, bytes, gzip: zipped, forever };
}
