import { app, dialog, Menu, nativeTheme, session, shell, type BrowserWindow } from 'electron';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DeltashelfError } from '../../shared/index.ts';
import { channels } from '../../shared/window/channels.ts';
import type { WindowCommand, WindowEvent } from '../../shared/window/index.ts';
// By its own file: through the index, all of the library would be loaded into the window's process.
import { nodeFileSystem } from '../library/disk/node-file-system.ts';
import { answerCalls } from './calls/answer-calls.ts';
import { ActiveJobs } from './jobs/active-jobs.ts';
import { showJobs } from './jobs/show-jobs.ts';
import { menuTemplate } from './menus/menu-template.ts';
import { showTextMenu } from './menus/text-menu.ts';
import { Quit } from './quit.ts';
import { forkService } from './service/fork-service.ts';
import { ServiceKeeper } from './service/service-keeper.ts';
import { showFatal } from './show-fatal.ts';
import { guardContents } from './window/guard-contents.ts';
import { guardSession } from './window/guard-session.ts';
import { openWindow, stateOf } from './window/open-window.ts';
import { writeWindowState } from './window/window-state.ts';

const page = fileURLToPath(new URL('../renderer', import.meta.url));

/** Starts service and window side by side: the page is drawn while the library opens. */
export async function startApp(home: string | null): Promise<void> {
  const developing = !app.isPackaged;
  app.on('web-contents-created', (_, contents) => guardContents(contents));
  guardSession(session.defaultSession, page, developing);

  const service = new ServiceKeeper({ home, start: forkService, wait, now: () => performance.now() });
  const jobs = new ActiveJobs();
  let window: BrowserWindow | undefined;
  const statePath = join(app.getPath('userData'), 'window.json');
  const keepPlace = async (): Promise<void> => {
    if (window) await writeWindowState(nodeFileSystem, statePath, stateOf(window));
  };
  const quit = new Quit(jobs, () => Promise.all([service.close(), keepPlace()]));
  let opening: Promise<void> | undefined;

  const tell = (event: WindowEvent): void => {
    if (window && !window.webContents.isDestroyed()) window.webContents.send(channels.event, event);
  };
  const open = async (): Promise<void> => {
    const opened = await openWindow(statePath, developing);
    window = opened;
    opened.on('close', (event) => {
      if (quit.isAgreed) return;
      // On macOS an app outlives its windows, and jobs go on.
      if (process.platform === 'darwin') return void keepPlace();
      event.preventDefault();
      void quit.request(opened);
    });
    opened.once('closed', () => (window = undefined));
    opened.webContents.on('context-menu', (_, parameters) => showTextMenu(opened, parameters));
    opened.webContents.on('render-process-gone', (_, { reason }) => {
      if (reason !== 'clean-exit') void offerReload(opened);
    });
  };
  const show = async (): Promise<void> => {
    if (!window) await (opening ??= open().finally(() => (opening = undefined)));
    if (window?.isMinimized()) window.restore();
    window?.show();
    window?.focus();
  };
  const focus = (): void => void show().catch(showFatal);

  Menu.setApplicationMenu(
    Menu.buildFromTemplate(
      menuTemplate(process.platform, developing, (command: WindowCommand) =>
        tell({ event: 'command', command }),
      ),
    ),
  );
  answerCalls(service, {
    chooseFolder: async (title) => {
      if (!window) return null;
      const { filePaths } = await dialog.showOpenDialog(window, {
        title,
        properties: ['openDirectory', 'createDirectory', 'dontAddToRecent'],
      });
      return filePaths[0] ?? null;
    },
    showInFolder: (path) => shell.showItemInFolder(path),
    showTheme: (theme) => {
      nativeTheme.themeSource = theme;
    },
  });
  service.onEvent(tell);
  service.onEvent(showJobs(jobs, () => window, focus));
  app.on('second-instance', focus);
  app.on('activate', focus);
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });

  await open();
  const opened = await service.opened();
  if ('error' in opened) throw new DeltashelfError(opened.error.code, opened.error.sentence);
}

/** The page's process died; the service knows nothing of it and works on. */
async function offerReload(window: BrowserWindow): Promise<void> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'error',
    message: 'The window stopped working.',
    detail: 'Jobs go on and no model is affected. Showing it again takes a second.',
    buttons: ['Show It Again', 'Quit'],
    defaultId: 0,
  });
  if (response === 0) window.webContents.reload();
  else app.quit();
}
