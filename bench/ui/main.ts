// `npm run bench:ui`: what the window needs for a large library, in a real browser, as a table in Markdown.
import { chromium } from 'playwright';
import { formatMarkdownTable } from '../../src/main/bench/index.ts';
import { findBrowser } from '../../test/browser/find-browser.ts';
import { measureBundle } from './figures.ts';
import { measureJob } from './measure-job.ts';
import { measureLarge } from './measure-large.ts';

const models = 10_000;

const found = await findBrowser();
if ('missing' in found) {
  console.error(`Nothing was measured: no browser starts here. ${found.missing}`);
  process.exitCode = 1;
} else {
  const browser = await chromium.launch(found.launch);
  try {
    const figures = [
      measureBundle(),
      ...(await measureLarge(browser, models)),
      ...(await measureJob(browser)),
    ];
    console.log(
      formatMarkdownTable(
        [{ title: 'what' }, { title: 'bar' }, { title: 'measured' }],
        figures.map(({ what, bar, value }) => [what, bar, value]),
      ),
    );
  } finally {
    await browser.close();
  }
}
