// How the app begins, goes on, and ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { copyBuiltApp, type BuiltApp } from './built-app.ts';
import type { LaunchedApp } from './launched-app.ts';
import { runtimes } from './runtimes.ts';
import { hasEnded, jobEnded, start, told, until, type PageGlobals } from './started-app.ts';

/** What the tests keep in the main process. */
type MainGlobals = typeof globalThis & { asked?: string[]; shares: number[] };

// Each start takes some seconds on a busy machine.
describe.each(runtimes)('the app, on $name', { timeout: 120_000 }, (runtime) => {
  let built: BuiltApp;
  const apps: LaunchedApp[] = [];

  beforeEach(async (context) => {
    runtime.skipWithout(context);
    built = await copyBuiltApp();
  });

  afterEach(async () => {
    for (const app of apps.splice(0)) await app.kill();
    await built.remove();
  });

  const started = async (): Promise<LaunchedApp> => {
    const app = await start(runtime, built);
    apps.push(app);
    return app;
  };

  /** Process of the service; undefined where none runs. */
  const service = (app: LaunchedApp): Promise<number | undefined> =>
    app.evaluate(
      ({ app: main }) => main.getAppMetrics().find(({ name }) => name === 'Deltashelf library')?.pid,
    );

  /** Puts the sample library there, and begins to compress it. */
  const compressing = async (app: LaunchedApp): Promise<number> => {
    const begin = (call: 'addSample' | 'compress'): Promise<number> =>
      app.page.evaluate(async (name) => {
        const { calls } = (globalThis as PageGlobals).deltashelf;
        const answer = await (name === 'compress' ? calls.compress({ all: true }) : calls.addSample({}));
        if ('error' in answer) throw new Error(answer.error.sentence);
        return answer.result.job;
      }, call);
    await jobEnded(app, await begin('addSample'));
    const job = await begin('compress');
    await until(async () =>
      (await told(app)).some((event) => event.event === 'job' && event.job.id === job && event.job.share > 0),
    );
    return job;
  };

  /** Answers the question of the app, and takes note of it. */
  const answering = (app: LaunchedApp, answer: number): Promise<void> =>
    app.evaluate(({ dialog }, response) => {
      const main = globalThis as MainGlobals;
      const questions = (main.asked ??= []);
      dialog.showMessageBox = (...args: unknown[]) => {
        questions.push((args.at(-1) as { message: string }).message);
        return Promise.resolve({ response, checkboxChecked: false });
      };
    }, answer);
  const asked = (app: LaunchedApp): Promise<string[]> =>
    app.evaluate(() => (globalThis as MainGlobals).asked ?? []);

  test('starts its service again when it dies, says so, and answers as before', async () => {
    const app = await started();
    const first = await service(app);
    expect(first).toBeGreaterThan(0);
    process.kill(first ?? 0, 'SIGKILL');
    await until(async () => (await told(app)).some((event) => event.event === 'service'));
    expect(await told(app)).toContainEqual(
      expect.objectContaining({ event: 'service', state: 'restarted' }) as object,
    );
    const answer = await app.page.evaluate(() => (globalThis as PageGlobals).deltashelf.calls.overview({}));
    expect(answer).toHaveProperty('result');
    expect(await service(app)).not.toBe(first);
  });

  test('goes on by itself when another process had the library, and ends', async () => {
    const home = join(built.folder, 'home');
    const owner = spawn(process.execPath, [join(built.folder, 'out/main/cli.js'), 'watch', '--home', home], {
      stdio: 'ignore',
    });
    onTestFinished(() => void owner.kill('SIGKILL'));
    await until(() => existsSync(join(home, 'service.sock')));
    const app = await started();
    const ask = () => app.page.evaluate(() => (globalThis as PageGlobals).deltashelf.calls.overview({}));
    expect(await ask()).toHaveProperty('result');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await until(async () => 'result' in (await ask()));
    expect((await told(app)).filter((event) => event.event === 'service')).toEqual([]);
  });

  test('goes on with a job when its service died in the middle of it', async () => {
    const app = await started();
    const job = await compressing(app);
    expect(await hasEnded(app, job)).toBe(false);
    process.kill((await service(app)) ?? 0, 'SIGKILL');
    await jobEnded(app, job);
    const outcome = await app.page.evaluate(
      (of) => (globalThis as PageGlobals).deltashelf.calls.outcome({ job: of }),
      job,
    );
    const models =
      'result' in outcome ? (outcome.result.result as { models: { outcome: string }[] }).models : [];
    const done = models.filter((model) => model.outcome === 'done');
    expect(done.length).toBeGreaterThan(3);
    expect(models.filter((model) => !['done', 'kept'].includes(model.outcome))).toEqual([]);
    const compressed = await app.page.evaluate(() =>
      (globalThis as PageGlobals).deltashelf.calls.list({ state: 'compressed' }),
    );
    expect(compressed).toHaveProperty('result.totals.models', done.length);
  });

  test('shows how far jobs are on its icon', async () => {
    const app = await started();
    await app.evaluate(({ BrowserWindow }) => {
      const main = globalThis as MainGlobals;
      main.shares = [];
      const [window] = BrowserWindow.getAllWindows();
      if (window) window.setProgressBar = (share) => void main.shares.push(share);
    });
    await jobEnded(app, await compressing(app));
    await until(() => app.evaluate(() => (globalThis as MainGlobals).shares.at(-1) === -1));
    const shares = await app.evaluate(() => (globalThis as MainGlobals).shares);
    expect(shares.some((share) => share > 0 && share < 1)).toBe(true);
  });

  test('asks before it quits while a job runs, and goes on with it at the next start', async () => {
    const app = await started();
    const job = await compressing(app);
    await answering(app, 0);
    await app.evaluate(({ app: main }) => main.quit());
    await until(async () => (await asked(app)).length === 1);
    expect(await asked(app)).toEqual(['A job is running.']);
    expect(await service(app)).toBeGreaterThan(0);

    await answering(app, 1);
    // By its button this time; on macOS closing the window leaves the app alone.
    await app.evaluate(({ app: main, BrowserWindow }) => {
      if (process.platform === 'darwin') main.quit();
      else BrowserWindow.getAllWindows()[0]?.close();
    });
    expect(await app.exited).toBe(0);

    const next = await started();
    await until(async () => {
      const jobs = await next.page.evaluate(() => (globalThis as PageGlobals).deltashelf.calls.jobs({}));
      return 'result' in jobs && jobs.result.jobs.some(({ id, state }) => id === job && state === 'done');
    });
  });

  test('quits without a question where nothing runs', async () => {
    const app = await started();
    await answering(app, 0);
    await app.evaluate(({ app: main }) => main.quit());
    expect(await app.exited).toBe(0);
  });

  test('is there once: a second start shows the window of the first', async () => {
    const app = await started();
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize());
    const second = await runtime.launch(built.script, ['--home', join(built.folder, 'home')], {
      userData: join(built.folder, 'user-data'),
    });
    apps.push(second);
    expect(await second.exited).toBe(0);
    await until(() =>
      app.evaluate(({ BrowserWindow }) => {
        const [window] = BrowserWindow.getAllWindows();
        return window?.isMinimized() === false && window.isFocused();
      }),
    );
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });

  test('opens where it was left', async () => {
    const place = { x: 60, y: 80, width: 1100, height: 700 };
    const app = await started();
    await app.evaluate(({ BrowserWindow }, bounds) => {
      BrowserWindow.getAllWindows()[0]?.setBounds(bounds);
    }, place);
    await app.evaluate(({ app: main }) => main.quit());
    await app.exited;
    const next = await started();
    expect(
      await next.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds()),
    ).toEqual(place);
    await next.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.maximize());
    await next.evaluate(({ app: main }) => main.quit());
    await next.exited;
    const last = await started();
    await until(() =>
      last.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isMaximized() === true),
    );
  });

  test('offers to show its page again when that died, and does', async () => {
    const app = await started();
    await answering(app, 0);
    await app.evaluate(({ BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]?.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    });
    // A new page was told nothing yet.
    await until(() => app.page.evaluate(() => !('told' in globalThis)).catch(() => false));
    expect(await asked(app)).toEqual(['The window stopped working.']);
    expect(await service(app)).toBeGreaterThan(0);
  });

  test('tells the page what was chosen in its menu', async () => {
    const app = await started();
    await app.evaluate(({ Menu, BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      const items = Menu.getApplicationMenu()?.items.flatMap(({ submenu }) => submenu?.items ?? []);
      items?.find(({ label }) => label === 'Jobs')?.click(undefined, window, undefined);
    });
    await until(async () => (await told(app)).length > 0);
    expect(await told(app)).toContainEqual({ event: 'command', command: 'go-jobs' });
  });

  if (runtime.isStandIn) {
    // On Electron the dialog waits for a person.
    test('says in a dialog why it cannot start, and ends', async () => {
      const home = join(built.folder, 'home');
      await writeFile(home, 'a file where the folder of the home should be');
      const app = await runtime.launch(built.script, ['--home', home], { userData: built.folder });
      apps.push(app);
      expect(await app.exited).toBe(1);
      expect(app.errors()).toMatch(/\[error box\] Deltashelf cannot go on: [A-Z].*\./u);
      expect(await readFile(home, 'utf8')).toContain('a file where');
    });
  }
});
