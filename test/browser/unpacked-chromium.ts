import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Inside node_modules, so that it goes when the folder goes. */
const cache = fileURLToPath(new URL('../../node_modules/.cache/deltashelf-browser', import.meta.url));

/** A browser program, and what its environment must hold besides. */
export interface UnpackedBrowser {
  readonly executablePath: string;
  readonly env: Record<string, string>;
}

/**
 * The Chromium that lies packed in a package of npm, for Linux on x64. Unpacked once, beside its place and then moved
 * there: another run may do the same at this moment.
 */
export async function unpackedChromium(): Promise<UnpackedBrowser> {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const root = entry.slice(0, entry.lastIndexOf('@sparticuz')) + '@sparticuz/chromium';
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const folder = join(cache, `chromium-${version}`);
  if (!existsSync(folder)) await unpack(join(root, 'bin'), folder);
  const executablePath = join(folder, 'chromium');
  const libraries = join(folder, 'al2023/lib');
  return {
    executablePath,
    env: {
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
      ...((await lacksLibraries(executablePath)) && { LD_LIBRARY_PATH: libraries }),
    },
  };
}

async function unpack(packed: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const making = await mkdtemp(join(dirname(folder), 'unpacking-'));
  const { TMPDIR } = process.env;
  // The package unpacks to where temporary files go, and has no other place for it.
  process.env['TMPDIR'] = making;
  try {
    const { default: chromium, inflate } = await import('@sparticuz/chromium');
    await chromium.executablePath();
    await inflate(join(packed, 'al2023.tar.br'));
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  }
  // Its own fonts and no others: the same picture on every machine.
  await writeFile(
    join(making, 'fonts.conf'),
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>' +
      `<dir>${join(folder, 'fonts')}</dir><cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>\n`,
  );
  try {
    await rename(making, folder);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** Whether this system has not all that the program is linked with. */
async function lacksLibraries(program: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ldd', [program]);
  return stdout.includes('not found');
}
