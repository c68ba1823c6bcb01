// The page that people see, in the app: it runs under the policy, and does what the menu says.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { copyBuiltApp, type BuiltApp } from './built-app.ts';
import type { LaunchedApp } from './launched-app.ts';
import { runtimes } from './runtimes.ts';
import { start, until } from './started-app.ts';

describe.each(runtimes)('the page of the app, on $name', { timeout: 60_000 }, (runtime) => {
  let built: BuiltApp;
  let app: LaunchedApp;

  beforeAll(async () => {
    built = await copyBuiltApp(true);
    if (runtime.isThere) app = await start(runtime, built);
  });

  beforeEach(runtime.skipWithout);

  afterAll(async () => {
    if (runtime.isThere) await app.kill();
    await built.remove();
  });

  const text = (): Promise<string> =>
    app.page.evaluate(
      () => (globalThis as unknown as { document: { body: { innerText: string } } }).document.body.innerText,
    );

  test('is drawn, and nothing it asks for is refused', async () => {
    await app.evaluate(({ BrowserWindow }) => {
      const main = globalThis as typeof globalThis & { problems: string[] };
      main.problems = [];
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      contents?.on('console-message', ({ level, message }) => {
        if (level !== 'info' && level !== 'debug') main.problems.push(message);
      });
      // From the beginning, now that somebody listens.
      contents?.reload();
    });
    await until(async () => (await text().catch(() => '')).includes('sample library'));
    expect(
      await app.evaluate(() => (globalThis as typeof globalThis & { problems: string[] }).problems),
    ).toEqual([]);
  });

  test('goes where the menu says', async () => {
    await app.evaluate(({ Menu, BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      const items = Menu.getApplicationMenu()?.items.flatMap(({ submenu }) => submenu?.items ?? []);
      items?.find(({ label }) => label === 'Settings…')?.click(undefined, window, undefined);
    });
    await until(async () => (await text()).includes('Theme'));
  });
});
