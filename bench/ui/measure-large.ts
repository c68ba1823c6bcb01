import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';
import { layoutLineage } from '../../src/renderer/charts/lineage-layout.ts';
import type { Figure } from './figures.ts';
import { noteTimes, scrollAll, searchFor, until } from './in-page.ts';
import { largeFamily, makeLargeLibrary } from './large-library.ts';
import { startHost } from './started-host.ts';

interface Noted {
  readonly paint: number;
  readonly rows: number;
  readonly tasks: readonly { readonly at: number; readonly ms: number }[];
}

/** The window over 10,000 models: first rows, scrolling, search, a large lineage, and doing nothing. */
export async function measureLarge(browser: Browser, models: number): Promise<Figure[]> {
  const home = await mkdtemp(join(tmpdir(), 'deltashelf-bench-ui-'));
  try {
    await makeLargeLibrary(home, models);
    await using host = await startHost(home, false);
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript({ content: noteTimes });
    await page.goto(host.address);
    const cold = await firstRows(page);
    await page.reload();
    const warm = await firstRows(page);
    const figures: Figure[] = [
      {
        what: `first rows of ${models} models, first start`,
        bar: '1000 ms',
        value: `${cold.rows.toFixed(0)} ms`,
      },
      { what: 'the same, warm start', bar: '1000 ms', value: `${warm.rows.toFixed(0)} ms` },
      { what: 'first paint, warm start', bar: '300 ms', value: `${warm.paint.toFixed(0)} ms` },
      ...(await measureScroll(page)),
      ...(await measureSearch(page, models)),
      ...(await measureLineage(page, host.library)),
      await measureIdle(page),
    ];
    await context.close();
    return figures;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function firstRows(page: Page): Promise<Noted> {
  await until(page, 'window.noted.rows > 0 && window.noted.paint > 0');
  return page.evaluate<Noted>('window.noted');
}

async function measureScroll(page: Page): Promise<Figure[]> {
  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByRole('grid').waitFor();
  await page.waitForTimeout(500);
  const { frames, blank, since } = await page.evaluate<{ frames: number; blank: number; since: number }>(
    `(${scrollAll})()`,
  );
  const { tasks } = await page.evaluate<Noted>('window.noted');
  const longest = Math.max(0, ...tasks.filter(({ at }) => at >= since).map(({ ms }) => ms));
  return [
    { what: `scroll through all, ${frames} screens: blank`, bar: '0', value: String(blank) },
    {
      what: 'the same: longest task',
      bar: '50 ms',
      value: longest === 0 ? 'under 50 ms' : `${longest.toFixed(0)} ms`,
    },
  ];
}

async function measureSearch(page: Page, models: number): Promise<Figure[]> {
  const times: number[] = [];
  for (const text of ['medical', `${models - 5}`, 'family-12 chat', 'nothing-is-called-so', '']) {
    times.push(await page.evaluate<number>(`(${searchFor})(${JSON.stringify(text)})`));
  }
  return [{ what: 'search, slowest of five', bar: '100 ms', value: `${Math.max(...times).toFixed(0)} ms` }];
}

async function measureLineage(
  page: Page,
  library: { call: import('../../src/main/service/index.ts').LibraryClient['call'] },
): Promise<Figure[]> {
  const { models } = await library.call('tree', { asKnown: true, model: '#1' });
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    layoutLineage(models, { open: new Set(), keep: [] });
    return performance.now() - start;
  });
  const start = performance.now();
  const first = models[0]?.familyId ?? 1;
  await page.evaluate(`location.hash = '#/lineage/${first}'`);
  await page.locator('main[aria-label=Lineage] .pane [role]').nth(20).waitFor();
  const shown = performance.now() - start;
  return [
    {
      what: `lineage of ${models.length} (${largeFamily} asked): laid out, slowest of five`,
      bar: '200 ms',
      value: `${Math.max(...times).toFixed(0)} ms`,
    },
    { what: 'the same: asked for, laid out and drawn', bar: '', value: `${shown.toFixed(0)} ms` },
  ];
}

const idleSeconds = 10;

/** Processor time of this process (service and web host) and of the page while nobody does anything. */
async function measureIdle(page: Page): Promise<Figure> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const busy = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  await page.waitForTimeout(1000);
  const before = { page: await busy(), service: process.cpuUsage() };
  await page.waitForTimeout(idleSeconds * 1000);
  const used = process.cpuUsage(before.service);
  const service = (used.user + used.system) / 1e6 / idleSeconds;
  const window = ((await busy()) - before.page) / idleSeconds;
  return {
    what: 'idle: service and page together',
    bar: 'near 0 %',
    value: `${((service + window) * 100).toFixed(1)} %`,
  };
}
