import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { WindowEvent, WindowHost } from '../../src/shared/index.ts';
import type { BuiltApp } from './built-app.ts';
import type { LaunchedApp } from './launched-app.ts';
import type { Runtime } from './runtimes.ts';

/** What a page of the tests has besides: what it was told. */
export type PageGlobals = typeof globalThis & { deltashelf: WindowHost; told: WindowEvent[] };

/** Starts an app with a home of its own, and waits until its page is there and listens. */
export async function start(
  { launch }: Runtime,
  { folder, script }: BuiltApp,
  home = 'home',
): Promise<LaunchedApp> {
  const app = await launch(script, ['--home', join(folder, home)], {
    userData: join(folder, 'user-data'),
    network: join(folder, 'network.txt'),
  });
  await until(() =>
    app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() === true),
  );
  await app.page.evaluate(() => {
    const page = globalThis as PageGlobals;
    page.told = [];
    page.deltashelf.onEvent((event) => {
      page.told.push(event);
    });
  });
  return app;
}

/** Waits for something that another process is about to do. */
export async function until(isSo: () => Promise<boolean> | boolean, seconds = 60): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error('It did not come about in time.');
    await sleep(50);
  }
}

/** What the page was told so far. */
export function told(app: LaunchedApp): Promise<WindowEvent[]> {
  return app.page.evaluate(() => (globalThis as PageGlobals).told);
}

/** Whether the page was told that a job has ended. */
export async function hasEnded(app: LaunchedApp, job: number): Promise<boolean> {
  return (await told(app)).some(
    (event) => event.event === 'job' && event.job.id === job && ['done', 'failed'].includes(event.job.state),
  );
}

/** Waits until a job has ended. */
export function jobEnded(app: LaunchedApp, job: number): Promise<void> {
  return until(() => hasEnded(app, job));
}
