import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A page that does nothing: the tests of the shell say what it does. */
const page = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Deltashelf</title><link rel="icon" href="data:," /></head>
  <body><input id="files" type="file" multiple /><script src="/page.js"></script></body>
</html>
`;

export interface BuiltApp {
  readonly folder: string;
  /** Its main script. */
  readonly script: string;
  readonly remove: () => Promise<void>;
}

/** A copy of what the build made; unless the page is asked for, with one of the tests in its place. */
export async function copyBuiltApp(withPage = false): Promise<BuiltApp> {
  const folder = await mkdtemp(join(tmpdir(), 'deltashelf-shell-'));
  await cp(join(root, 'out/main'), join(folder, 'out/main'), { recursive: true });
  await cp(join(root, 'out/preload'), join(folder, 'out/preload'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  if (withPage) await cp(join(root, 'out/renderer'), join(folder, 'out/renderer'), { recursive: true });
  else await writePage(join(folder, 'out/renderer'));
  await writeFile(join(folder, 'out/secret.js'), 'globalThis.secret = true;');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
  await symlink(join(root, 'resources'), join(folder, 'resources'), 'dir');
  return {
    folder,
    script: join(folder, 'out/main/desktop.js'),
    // The service of an app that was killed may write a moment longer, until it notices.
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  };
}

async function writePage(folder: string): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'index.html'), page);
  await writeFile(join(folder, 'page.js'), 'globalThis.scripted = true;');
}
