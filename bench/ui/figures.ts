import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pageFolder } from './started-host.ts';

/** A line of the table. */
export interface Figure {
  readonly what: string;
  readonly bar: string;
  readonly value: string;
}

/** Bytes of the page's code and styles as they are sent, all screens together. */
export function measureBundle(): Figure {
  const bytes = readdirSync(pageFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => ['.js', '.css', '.html'].includes(extname(name)))
    .reduce((sum, name) => sum + gzipSync(readFileSync(join(pageFolder, name))).length, 0);
  return { what: 'page: code and styles, gzip', bar: '500 kB', value: `${(bytes / 1000).toFixed(0)} kB` };
}
