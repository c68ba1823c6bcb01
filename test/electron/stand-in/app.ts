import type { App, CommandLine, ProcessMetric } from 'electron';
import { EventEmitter } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import { like } from './like.ts';
import { browser, startBrowser, stopBrowser } from './browser.ts';
import { closeAll } from './open-windows.ts';
import { Preventable } from './preventable.ts';
import { left } from './network.ts';
import { answerRoute } from './session.ts';
import { standInProcesses } from './utility-process.ts';

const paths = new Map([['userData', process.env['STAND_IN_USER_DATA'] ?? '']]);
const switches = new Map<string, string>();
const ready = Promise.withResolvers<undefined>();
let isQuitting = false;

const parts = like<App>()({
  isPackaged: false,
  enableSandbox: () => undefined,
  setAppUserModelId: () => undefined,
  whenReady: () => ready.promise.then(() => undefined),
  getAppMetrics: () =>
    standInProcesses.flatMap(({ pid, name }) =>
      pid === undefined ? [] : [{ pid, name, type: 'Utility' } as ProcessMetric],
    ),
  getPath: (name: string) => paths.get(name) ?? '',
  setPath: (name: string, path: string) => void paths.set(name, path),
  commandLine: like<CommandLine>()({
    appendSwitch: (name: string, value = '') => void switches.set(name, value),
    getSwitchValue: (name: string) => switches.get(name) ?? '',
  }) as unknown as CommandLine,
  requestSingleInstanceLock: () => {
    const folder = paths.get('userData') ?? '';
    mkdirSync(folder, { recursive: true });
    return lock(join(folder, 'lock'));
  },
  quit: () => {
    if (isQuitting) return;
    void quit();
  },
  exit: (code = 0) => {
    app.emit('quit', {}, code);
    void stopBrowser().finally(() => process.exit(code));
  },
});

export const app = Object.assign(new EventEmitter(), parts);

/** After the main script has run, as in Electron. */
export async function becomeReady(): Promise<void> {
  if (isQuitting) return;
  await startBrowser(paths.get('userData') ?? '');
  // Pages that no window stands for, such as one that is opened just to be closed.
  await browser().route('**/*', (route) => answerRoute(route, left));
  app.emit('ready');
  ready.resolve(undefined);
}

async function quit(): Promise<void> {
  const event = new Preventable();
  app.emit('before-quit', event);
  if (event.defaultPrevented) return;
  isQuitting = true;
  if (!(await closeAll())) {
    isQuitting = false;
    return;
  }
  app.emit('will-quit', new Preventable());
  parts.exit(0);
}

/** True for the first process with a folder; a later one lets the first one know. */
function lock(path: string): boolean {
  const socket =
    process.platform === 'win32' ? `\\\\.\\pipe\\${path.replaceAll(/[\\/:]/gu, '-')}` : `${path}.sock`;
  try {
    mkdirSync(path);
  } catch {
    connect(socket).end();
    return false;
  }
  process.once('exit', () => {
    rmSync(path, { recursive: true, force: true });
    rmSync(`${path}.sock`, { force: true });
  });
  createServer(() => app.emit('second-instance', {}, [], '')).listen(socket);
  return true;
}
