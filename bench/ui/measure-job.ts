import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import type { Figure } from './figures.ts';
import { noteTimes, until } from './in-page.ts';
import { startHost } from './started-host.ts';

/** The window while the sample library is compressed: how often it is told, and whether it stays responsive. */
export async function measureJob(browser: Browser): Promise<Figure[]> {
  const home = await mkdtemp(join(tmpdir(), 'deltashelf-bench-ui-'));
  try {
    await using host = await startHost(home, true);
    await host.library.call('addSample', {});
    await host.library.call('plan', {});
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript({ content: noteTimes });
    await page.goto(host.address);
    await until(page, 'window.noted.rows > 0');
    const told: number[] = [];
    const stop = host.library.onEvent(({ event }) => {
      if (event === 'job') told.push(performance.now());
    });
    const since = await page.evaluate<number>('performance.now()');
    await host.library.call('compress', { all: true });
    await host.library.call('verify', { all: true });
    stop();
    const tasks = await page.evaluate<{ at: number; ms: number }[]>('window.noted.tasks');
    await context.close();
    const longest = Math.max(0, ...tasks.filter(({ at }) => at >= since).map(({ ms }) => ms));
    return [
      { what: 'a running job: updates in its busiest second', bar: '10', value: String(busiestSecond(told)) },
      {
        what: 'a running job: longest task of the page',
        bar: '100 ms',
        value: longest === 0 ? 'under 50 ms' : `${longest.toFixed(0)} ms`,
      },
    ];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function busiestSecond(times: readonly number[]): number {
  return Math.max(
    0,
    ...times.map((start) => times.filter((time) => time >= start && time < start + 1000).length),
  );
}
