import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withLock } from '../../scripts/lock.mjs';

const root = join(import.meta.dirname, '../..');

/** Where the browser is that comes with the packages; unpacked first, once for this checkout. */
export async function browserPath(): Promise<string> {
  const folder = join(root, 'build/browser');
  const path = join(folder, 'chromium');
  if (existsSync(join(folder, 'ready'))) return path;
  await withLock(root, async () => {
    await mkdir(folder, { recursive: true });
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = folder;
    try {
      const { default: chromium } = await import('@sparticuz/chromium');
      await chromium.executablePath();
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
    await mkdir(join(folder, 'ready'), { recursive: true });
  });
  return join(dirname(path), 'chromium');
}
