// `npm run screenshots`: takes every screen in both themes from the built page, over the sample library, and writes
// them to docs/screenshots. `--width 1000 --to <folder>` takes them in another width, to look at.
import { cp, mkdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { startHost } from '../../bench/ui/started-host.ts';
import { findBrowser } from '../../test/browser/find-browser.ts';
import { Camera } from './camera.ts';
import { takeTour } from './tour.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { values } = parseArgs({
  options: {
    width: { type: 'string', default: '1440' },
    to: { type: 'string', default: 'docs/screenshots' },
  },
});

const found = await findBrowser();
if ('missing' in found) throw new Error(`No browser starts here. ${found.missing}`);

// A name for the pictures; a folder that is there already is somebody's, and stops this.
const person = join(await realpath(tmpdir()), 'ada');
await mkdir(person);
// Programs keep their models in a person's home: the first screen finds one there.
process.env['HOME'] = person;
delete process.env['HF_HOME'];
const comfy = join(person, 'ComfyUI/models');
await mkdir(comfy, { recursive: true });
await cp(join(root, 'resources/sample-library'), join(comfy, 'llm'), { recursive: true });

const browser = await chromium.launch(found.launch);
try {
  await using host = await startHost(join(person, '.local/share/deltashelf'), true);
  const page = await browser.newPage({
    viewport: { width: Number(values.width), height: 900 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  const folder = resolve(root, values.to);
  await mkdir(folder, { recursive: true });
  await page.goto(host.address);
  await takeTour(page, new Camera(page, folder));
} finally {
  await browser.close();
  await rm(person, { recursive: true, force: true });
}
