// What a page in the app can do, and what it cannot, whatever it tries. docs/security.md lists the clauses.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { windowCallNames } from '../../src/shared/index.ts';
import { copyBuiltApp, type BuiltApp } from './built-app.ts';
import type { LaunchedApp } from './launched-app.ts';
import { runtimes } from './runtimes.ts';
import { jobEnded, start, type PageGlobals } from './started-app.ts';

describe.each(runtimes)('a page of the app, on $name', (runtime) => {
  let built: BuiltApp;
  let app: LaunchedApp;

  beforeAll(async () => {
    built = await copyBuiltApp();
    if (runtime.isThere) app = await start(runtime, built);
  });

  beforeEach(runtime.skipWithout);

  afterAll(async () => {
    if (runtime.isThere) await app.kill();
    await built.remove();
  });

  /** Calls a handler of main as the preload script would, in the name of some frame. */
  const invokeAs = (frame: object | null, channel: string, ...args: unknown[]): Promise<unknown> =>
    app.evaluate(
      ({ ipcMain }, sent) => {
        const { _invokeHandlers } = ipcMain as unknown as {
          _invokeHandlers: Map<string, (event: unknown, ...args: readonly unknown[]) => Promise<unknown>>;
        };
        const handler = _invokeHandlers.get(sent.channel);
        if (!handler) return 'no handler';
        return handler({ sender: {}, senderFrame: sent.frame }, ...sent.args);
      },
      { frame, channel, args },
    );
  const ours = { url: 'app://deltashelf/index.html', parent: null };

  test('is shut in, and no smaller than it can bear', async () => {
    const { preferences, smallest } = await app.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      const contents = window?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> };
      return { preferences: contents.getLastWebPreferences(), smallest: window?.getMinimumSize() };
    });
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
    });
    expect(preferences['webviewTag'] ?? false).toBe(false);
    expect(smallest).toEqual([1000, 640]);
  });

  test('comes from app: alone', async () => {
    const url = await app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.getURL(),
    );
    expect(url).toBe('app://deltashelf/index.html');
    expect(await app.page.evaluate(() => (globalThis as { scripted?: boolean }).scripted)).toBe(true);
  });

  test('has one frozen object of named functions, and nothing of Node or Electron', async () => {
    const found = await app.page.evaluate(() => {
      const page = globalThis as PageGlobals & Record<string, unknown>;
      const { deltashelf } = page;
      const isFrozen = [deltashelf, deltashelf.calls, deltashelf.folders].every((each) =>
        Object.isFrozen(each),
      );
      try {
        page.deltashelf = { kind: 'web' } as never;
      } catch {
        // In strict code that is an error, and as good.
      }
      return {
        isFrozen,
        kind: page.deltashelf.kind,
        names: Object.keys(deltashelf),
        calls: Object.keys(deltashelf.calls),
        foreign: ['require', 'module', 'process', 'Buffer', 'ipcRenderer', 'electron', 'global'].filter(
          (name) => page[name] !== undefined,
        ),
      };
    });
    expect(found).toEqual({
      isFrozen: true,
      kind: 'desktop',
      names: ['kind', 'platform', 'calls', 'onEvent', 'folders', 'showInFolder', 'showTheme'],
      calls: [...windowCallNames],
      foreign: [],
    });
  });

  test('has its calls answered', async () => {
    const answer = await app.page.evaluate(() => (globalThis as PageGlobals).deltashelf.calls.overview({}));
    expect(answer).toMatchObject({ result: { folders: [], sample: true } });
  });

  test.each([
    ['another address', { url: 'https://example.org/', parent: null }],
    ['an address that begins like ours', { url: 'app://deltashelf.example/', parent: null }],
    ['a frame inside our page', { ...ours, parent: ours }],
    ['a frame that is gone', null],
  ])('is the only one to be answered: %s is refused', async (_, frame) => {
    for (const [channel, ...args] of [
      ['deltashelf:call', 'overview', {}],
      ['deltashelf:choose-folder', 'Choose'],
      ['deltashelf:dropped', ['/etc']],
      ['deltashelf:show-in-folder', { model: 1 }],
      ['deltashelf:show-theme', 'dark'],
    ] as const) {
      expect(await invokeAs(frame, channel, ...args)).toMatchObject({ error: { code: 'refused' } });
    }
    expect(await invokeAs(ours, 'deltashelf:call', 'overview', {})).toHaveProperty('result');
  });

  test('reaches five channels, and no call without a name', async () => {
    const channels = await app.evaluate(({ ipcMain }) => [
      ...(ipcMain as unknown as { _invokeHandlers: Map<string, unknown> })._invokeHandlers.keys(),
    ]);
    expect(channels.sort()).toEqual([
      'deltashelf:call',
      'deltashelf:choose-folder',
      'deltashelf:dropped',
      'deltashelf:show-in-folder',
      'deltashelf:show-theme',
    ]);
    for (const name of ['rebuildCatalogue', 'constructor', '__proto__', 'then', '', 7, null]) {
      expect(await invokeAs(ours, 'deltashelf:call', name, {})).toMatchObject({ error: { code: 'usage' } });
    }
  });

  test.each([
    ['a field too many', 'list', { text: 'x', path: '/etc' }],
    ['a text of 10 MB', 'list', { text: 'x'.repeat(10_000_000) }],
    ['a text above the limit of its field', 'list', { text: 'x'.repeat(1_001) }],
    ['too many models', 'verify', { models: Array.from({ length: 100_001 }, () => 1) }],
    ['a path in place of a number', 'show', { model: '/etc/passwd' }],
    ['a path as another field', 'addFolder', { path: '/etc' }],
    ['a path in place of a name', 'addFolder', { place: '/etc' }],
    ['a path to write to', 'reconstruct', { all: true, to: '/etc' }],
    ['a path to move the vault to', 'moveVault', { place: '/tmp' }],
    ['a path among the settings', 'setSettings', { set: { vaultCopyPath: '/etc' } }],
    ['an argument too many', 'overview', {}, {}],
    ['no arguments', 'overview'],
  ])('is refused %s', async (_, name, ...args) => {
    const answer = await invokeAs(ours, 'deltashelf:call', name, ...args);
    expect(answer).toHaveProperty('error.sentence');
    expect(answer).not.toHaveProperty('result');
  });

  test('names a folder only after a person chose it in the dialog', async () => {
    const models = join(built.folder, 'resources/sample-library');
    const choose = () =>
      app.page.evaluate(() => {
        const { folders } = (globalThis as PageGlobals).deltashelf;
        return folders.kind === 'dialog' ? folders.choose('Add a folder') : null;
      });
    await app.evaluate(({ dialog }) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: true, filePaths: [] });
    });
    expect(await choose()).toBeNull();
    await app.evaluate(({ dialog }, path) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
    }, models);
    const chosen = await choose();
    expect(chosen?.path).toBe(models);
    const place = chosen?.place ?? '';
    const answer = await app.page.evaluate(
      (named) => (globalThis as PageGlobals).deltashelf.calls.addFolder({ place: named }),
      place,
    );
    if ('error' in answer) throw new Error(answer.error.sentence);
    await jobEnded(app, answer.result.job);
    const list = await app.page.evaluate(() => (globalThis as PageGlobals).deltashelf.calls.list({}));
    expect(list).toHaveProperty('result.totals.models', 8);
  });

  test('names what a person dropped, and no file that it made itself', async () => {
    const path = join(built.folder, 'model.safetensors');
    await writeFile(path, '');
    await app.page.setInputFiles('#files', [path]);
    const drop = await app.page.evaluate(async () => {
      const page = globalThis as PageGlobals & {
        document: { querySelector(selector: string): { files: Iterable<File> } };
      };
      const { folders } = page.deltashelf;
      if (folders.kind !== 'dialog') throw new Error('This is no app.');
      const refused = (work: Promise<unknown>): Promise<string> =>
        work.then(() => 'answered').catch(() => 'refused');
      return {
        dropped: await folders.dropped([...page.document.querySelector('#files').files]),
        made: await folders.dropped([new File(['x'], '/etc/passwd')]),
        path: await refused(folders.dropped(['/etc'] as never)),
        object: await refused(folders.dropped([{ path: '/etc', name: 'etc' }] as never)),
      };
    });
    expect(drop.dropped.map((each) => each.path)).toEqual([built.folder]);
    expect(drop).toMatchObject({ made: [], path: 'refused', object: 'refused' });
  });

  test('has shown in the file manager what it can name, and no path', async () => {
    await app.evaluate(({ shell }) => {
      const shown = globalThis as unknown as { shown: string[] };
      shown.shown = [];
      shell.showItemInFolder = (path) => void shown.shown.push(path);
    });
    const answers = await app.page.evaluate(async () => {
      const { calls, showInFolder } = (globalThis as PageGlobals).deltashelf;
      const list = await calls.list({});
      const [model] = 'result' in list ? list.result.models : [];
      const show = (what: unknown): Promise<string> =>
        showInFolder?.(what as { model: number }).then(
          () => 'shown',
          (error: unknown) => String(error),
        ) ?? Promise.resolve('absent');
      return {
        path: model?.path,
        model: await show({ model: model?.id }),
        none: await show({ model: 99_999 }),
        other: await show({ path: '/etc' }),
        both: await show({ model: model?.id, path: '/etc' }),
      };
    });
    expect(answers.model).toBe('shown');
    for (const answer of [answers.none, answers.other, answers.both])
      expect(answer).toMatch(/^Error: [A-Z].*Nothing was done\./u);
    expect(await app.evaluate(() => (globalThis as unknown as { shown: string[] }).shown)).toEqual([
      answers.path,
    ]);
  });

  test('has its frame in the colours of its theme, and of no other', async () => {
    const shown = (theme: string): Promise<string> =>
      app.page.evaluate(
        (name) =>
          (globalThis as PageGlobals).deltashelf.showTheme?.(name as 'dark').then(
            () => 'shown',
            () => 'refused',
          ) ?? Promise.resolve('absent'),
        theme,
      );
    expect(await shown('dark')).toBe('shown');
    expect(await shown('__proto__')).toBe('refused');
    expect(await app.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe('dark');
  });

  test('gets no file from beside its folder', async () => {
    const statuses = await app.page.evaluate(async () => {
      const asked: Record<string, number> = {};
      for (const path of [
        '/index.html',
        '/../secret.js',
        '/%2e%2e/secret.js',
        '/..%2fsecret.js',
        '/%2e%2e%2fsecret.js',
        '/%252e%252e%252fsecret.js',
        '/..%5csecret.js',
        '/index.html%00.js',
        '//etc/passwd',
      ]) {
        asked[path] = (
          await fetch(new URL(`${(globalThis as unknown as { origin: string }).origin}${path}`))
        ).status;
      }
      return asked;
    });
    const { '/index.html': own, ...others } = statuses;
    expect(own).toBe(200);
    expect(Object.values(others).every((status) => status >= 400)).toBe(true);
  });

  test('has a policy that holds', async () => {
    const tried = await app.page.evaluate(async () => {
      interface Element {
        textContent: string;
        src: string;
        onload: () => void;
        onerror: () => void;
        setAttribute(name: string, value: string): void;
      }
      const page = globalThis as typeof globalThis & {
        inlined?: boolean;
        document: { createElement(name: string): Element; body: { append(...elements: Element[]): void } };
        getComputedStyle(element: Element): { color: string };
      };
      const header = (await fetch('/index.html')).headers.get('Content-Security-Policy');
      const script = page.document.createElement('script');
      script.textContent = 'globalThis.inlined = true';
      const styled = page.document.createElement('p');
      styled.setAttribute('style', 'color: rgb(1, 2, 3)');
      page.document.body.append(script, styled);
      const load = (name: string, src: string): Promise<string> =>
        new Promise((resolve) => {
          const element = page.document.createElement(name);
          element.onload = () => resolve('loaded');
          element.onerror = () => resolve('refused');
          element.src = src;
          page.document.body.append(element);
        });
      return {
        header,
        inlined: page.inlined ?? false,
        color: page.getComputedStyle(styled).color,
        fetched: await fetch('https://example.org/').then(
          () => 'loaded',
          () => 'refused',
        ),
        image: await load('img', 'https://example.org/x.png'),
        script: await load('script', 'https://example.org/x.js'),
        own: await load('script', '/page.js'),
      };
    });
    expect(tried.header).toMatch(/^default-src 'none'; script-src 'self'; /u);
    expect(tried.color).not.toBe('rgb(1, 2, 3)');
    expect(tried).toMatchObject({ inlined: false, fetched: 'refused', image: 'refused', script: 'refused' });
    expect(tried.own).toBe('loaded');
  });

  test.each(['https://example.org/', 'http://127.0.0.1:9/', 'app://other/index.html', 'file:///etc/passwd'])(
    'goes nowhere: %s',
    async (url) => {
      await app.page.evaluate((to) => {
        const page = globalThis as unknown as {
          location: { href: string };
          open(url: string): unknown;
          document: {
            createElement(name: string): { href: string; target: string; click(): void };
            body: { append(element: object): void };
          };
        };
        for (const target of ['_self', '_blank']) {
          const link = page.document.createElement('a');
          link.href = to;
          link.target = target;
          page.document.body.append(link);
          link.click();
        }
        page.open(to);
        page.location.href = to;
      }, url);
      // Time enough to go: there is nothing to wait for where nothing happens.
      await new Promise((resolve) => setTimeout(resolve, 300));
      const urls = await app.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows().map((window) => window.webContents.getURL()),
      );
      expect(urls).toEqual(['app://deltashelf/index.html']);
      expect(await app.page.evaluate(() => (globalThis as PageGlobals).told.length)).toBeGreaterThan(0);
    },
  );

  test('is given no permission', async () => {
    const permissions = await app.page.evaluate(async () => {
      const { Notification, navigator } = globalThis as unknown as {
        Notification: { requestPermission(): Promise<string> };
        navigator: {
          geolocation: { getCurrentPosition(done: () => void, refused: () => void): void };
          mediaDevices: { getUserMedia(what: object): Promise<unknown> };
        };
      };
      return {
        notes: await Notification.requestPermission(),
        place: await new Promise((resolve) => {
          navigator.geolocation.getCurrentPosition(
            () => resolve('granted'),
            () => resolve('denied'),
          );
        }),
        sound: await navigator.mediaDevices.getUserMedia({ audio: true }).then(
          () => 'granted',
          () => 'denied',
        ),
      };
    });
    expect(permissions).toEqual({ notes: 'denied', place: 'denied', sound: 'denied' });
  });

  test('finds no way out even where main sends a window there', async () => {
    const outcome = await app.evaluate(async ({ BrowserWindow }) => {
      const window = new BrowserWindow({
        show: false,
        webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true },
      });
      const loaded = await window.loadURL('https://example.org/').then(
        () => 'loaded',
        () => 'refused',
      );
      window.destroy();
      return loaded;
    });
    expect(outcome).toBe('refused');
  });

  if (runtime.isStandIn) {
    test('and the whole app, service included, has connected to nothing', async () => {
      expect(await readFile(join(built.folder, 'network.txt'), 'utf8').catch(() => '')).toBe('');
    });
  }
});
