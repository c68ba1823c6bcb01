import { lstat, readFile, realpath } from 'node:fs/promises';
import { extname, isAbsolute, join, relative } from 'node:path';
import { pageHeaders } from './page-headers.ts';
import { isOurs } from './page-origin.ts';

/** What the build of the page consists of; nothing else is given out. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/**
 * Answers requests for the page's own files.
 * @param folder the built page
 * @returns never fails: what is not there, not a file, or not inside the folder, is 404; what is no name, 400
 */
export function answerPage(folder: string): (request: Pick<Request, 'method' | 'url'>) => Promise<Response> {
  return async ({ method, url }) => {
    if (method !== 'GET') return refusal(405);
    if (!isOurs(url)) return refusal(404);
    const names = namesIn(new URL(url).pathname);
    if (names === null) return refusal(400);
    const type = types[extname(names.at(-1) ?? '')];
    const path = join(folder, ...names);
    if (type === undefined || !(await isFileInside(folder, path))) return refusal(404);
    const bytes = await readFile(path).catch(() => null);
    return bytes === null
      ? refusal(404)
      : new Response(bytes, { headers: { ...pageHeaders, 'Content-Type': type } });
  };
}

/** The names in a path, decoded once; null where one could mean anything but a name inside. */
function namesIn(path: string): string[] | null {
  try {
    const names = path.split('/').slice(1).map(decodeURIComponent);
    return names.every((name) => !/^\.{0,2}$|[/\\\0:%]/u.test(name)) ? names : null;
  } catch {
    return null;
  }
}

/** Whether a path is a file of its own, no link, and lies in the folder with all links on the way followed. */
async function isFileInside(folder: string, path: string): Promise<boolean> {
  try {
    const [inside, outside, status] = await Promise.all([realpath(path), realpath(folder), lstat(path)]);
    const way = relative(outside, inside);
    return status.isFile() && way !== '' && !way.startsWith('..') && !isAbsolute(way);
  } catch {
    return false;
  }
}

function refusal(status: 400 | 404 | 405): Response {
  return new Response(null, { status, headers: pageHeaders });
}
