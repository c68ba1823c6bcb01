// The window as a person uses it: the built page in a real browser, the built host in a process of its own, real files.
// What is shown is compared with what lies on the disk.
import type { Locator, Page } from 'playwright';
import { expect, test } from 'vitest';
import { openPage, useBrowser } from '../browser/index.ts';
import { serveLibrary, type ServedLibrary } from './served-library.ts';

const shared = useBrowser();

/** Work on files takes a moment on a machine that does other things besides. */
const patience = { timeout: 30_000 };

/** Level and name of each line of an outline; runs in the page. */
const outlineLines = `[...document.querySelectorAll('[role=treegrid] [aria-level]')].map(
  (row) => row.getAttribute('aria-level') + ' ' + row.querySelector('[role=rowheader]').textContent.trim(),
)`;

function row(page: Page, name: string): Locator {
  return page.getByRole('row', { name: new RegExp(`^${name} `, 'u') }).last();
}

function button(page: Page, name: RegExp | string): Locator {
  return page.getByRole('button', { name }).first();
}

async function go(page: Page, name: string): Promise<void> {
  await page
    .getByRole('navigation')
    .getByRole('link', { name: new RegExp(`^${name}`, 'u') })
    .click();
}

test('from an empty window to stored models, and back to every byte', { timeout: 300_000 }, async () => {
  await using library = await serveLibrary();
  await using shown = await openPage(shared.browser, library.address);
  const { page } = shown;
  page.setDefaultTimeout(10_000);

  // Two clicks to a library that is compressed and verified.
  await button(page, /sample library/u).click();
  const compress = button(page, /^Compress 6, can free about/u);
  await compress.waitFor(patience);
  const before = await library.hashes('home/sample-library');
  await compress.click();
  await row(page, 'sprout-python').getByText('Compressed').waitFor(patience);
  await ended(library, 'compress', 1);
  expect(await library.hashes('home/sample-library')).toEqual(before);
  const { models } = await library.ask('list', {});
  expect(models.filter(({ verifiedAt }) => verifiedAt !== null)).toHaveLength(6);

  // Reclaim is a second step, with its own plan.
  await go(page, 'Reclaim');
  const move = button(page, /^Move 6 originals to quarantine/u);
  await move.click(patience);
  await button(page, /^Undo/u).waitFor(patience);
  await library.until(
    () => library.ask('quarantine', {}),
    ({ entries }) => entries.length === 6,
  );
  expect(await weightsBelow(library)).toEqual(['sprout-base', 'sprout-cheader-lora']);

  // Taken back where it is told, and by the key for it.
  await go(page, 'Activity');
  const steps = page.getByRole('region', { name: 'Steps' });
  await steps.getByText('Moved the originals of 6 models to quarantine').click();
  await steps.getByRole('button', { name: /^Undo: Moved the original of sprout-python-v2/u }).click();
  await library.until(
    () => library.ask('quarantine', {}),
    ({ entries }) => entries.length === 5,
  );
  await page.keyboard.press('Control+z');
  const dialog = page.getByRole('dialog', { name: /Undo/u });
  await dialog.getByRole('button', { name: /^(?:Undo|Take)/u }).click();
  await library.until(
    () => library.ask('quarantine', {}),
    ({ entries }) => entries.length === 4,
  );
  await go(page, 'Reclaim');
  await button(page, /^Move 2 originals to quarantine/u).click(patience);
  await library.until(
    () => library.ask('quarantine', {}),
    ({ entries }) => entries.length === 6,
  );

  // Gone for good, after a question whose first answer is no.
  await button(page, 'Put back…').click();
  await button(page, /^Purge before .*…$/u).click();
  const question = page.getByRole('alertdialog');
  await question.waitFor();
  expect(await question.locator(':focus').textContent()).toContain('Keep');
  await question.getByText('None of them has been there for 14 days yet').waitFor();
  await question.getByRole('button', { name: /^Purge 6 for good/u }).click();
  await library.until(
    () => library.ask('list', {}),
    ({ models: all }) => all.filter(({ state }) => state === 'stored').length === 6,
  );
  expect(await weightsBelow(library)).toEqual(['sprout-base', 'sprout-cheader-lora']);

  // One click brings a model back, wherever it is shown.
  await go(page, 'All models');
  await row(page, 'sprout-python').hover();
  await row(page, 'sprout-python').getByTitle('Reconstruct').click();
  await ended(library, 'reconstruct', 1);
  expect(await weightsBelow(library)).toEqual(['sprout-base', 'sprout-cheader-lora', 'sprout-python']);
  await page.keyboard.press('Control+a');
  await row(page, 'sprout-bible').click({ button: 'right' });
  await page.getByRole('menuitem', { name: /^Reconstruct \d+$/u }).click();
  await ended(library, 'reconstruct', 2);
  expect(await library.hashes('home/sample-library')).toEqual(before);
  expect(
    shown.asked.filter((address) => new URL(address).origin !== new URL(library.address).origin),
  ).toEqual([]);
});

/** Waits until so many jobs of a kind were done. */
async function ended(library: ServedLibrary, kind: string, count: number): Promise<void> {
  await library.until(
    () => library.ask('jobs', {}),
    ({ jobs }) => jobs.filter((job) => job.kind === kind && job.endedAt !== null).length >= count,
  );
}

/** Models of the sample library whose weights are where they were. */
async function weightsBelow(library: ServedLibrary): Promise<string[]> {
  const files = Object.keys(await library.hashes('home/sample-library'));
  return files
    .filter((path) => path.endsWith('.safetensors'))
    .map((path) => path.split(/[/\\\\]/u)[0] ?? '')
    .sort();
}

test(
  'a folder of one’s own, by its path; who came from whom, and one’s own word about it',
  { timeout: 120_000 },
  async () => {
    await using library = await serveLibrary();
    await library.put(['sprout-base', 'sprout-bible', 'sprout-blend', 'sprout-python', 'sprout-python-v2']);
    await using shown = await openPage(shared.browser, library.address);
    const { page } = shown;
    page.setDefaultTimeout(10_000);

    await button(page, 'Choose folder…').click();
    const path = page.getByRole('combobox', { name: 'Path of the folder' });
    await path.fill('/etc');
    await button(page, 'Choose this folder').click();
    await page.getByRole('alert').getByText('this page may use nothing else').waitFor();
    await path.fill(library.at('mod'));
    await page.getByRole('option', { name: library.at('models') }).waitFor();
    await path.press('Tab');
    expect(await path.inputValue()).toBe(`${library.at('models')}/`);
    await path.press('Enter');
    await button(page, /^Compress 4, can free about/u).waitFor(patience);

    await go(page, 'Lineage');
    await button(page, 'Outline').click();
    const outline = page.getByRole('treegrid', { name: 'sprout-base' });
    await outline.waitFor();
    const lines = await page.evaluate(outlineLines);
    expect(lines).toEqual([
      '1 sprout-base',
      '2 sprout-bible',
      '3 sprout-blend',
      '2 sprout-python',
      '3 sprout-blend',
      '3 sprout-python-v2',
    ]);
    await outline.getByText('0.4 sprout-bible + 0.6 sprout-python').waitFor();
  },
);

test(
  'a job is cancelled where it is shown, and a host that is gone is told as gone',
  { timeout: 120_000 },
  async () => {
    await using library = await serveLibrary();
    await using shown = await openPage(shared.browser, library.address);
    const { page } = shown;
    page.setDefaultTimeout(10_000);
    await button(page, /sample library/u).click();
    await button(page, /^Compress 6, can free about/u).click(patience);
    await go(page, 'Jobs');
    await page
      .getByRole('button', { name: /^(?:Cancel|Stop)/u })
      .first()
      .click();
    await library.until(
      () => library.ask('jobs', {}),
      ({ jobs }) => jobs.some(({ kind, state }) => kind === 'compress' && state === 'cancelled'),
    );
    await library.stop('SIGKILL');
    await page.getByText('does not answer this page any more').waitFor();
    shown.problems.length = 0;
  },
);
