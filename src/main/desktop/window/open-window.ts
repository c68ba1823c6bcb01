import { BrowserWindow, nativeTheme, screen } from 'electron';
import { fileURLToPath } from 'node:url';
import { pageUrl } from '../page/page-origin.ts';
import { frameColours } from './colours.ts';
import { overlay, titleBar } from './title-bar.ts';
import { placeWindow, readWindowState, smallest, type WindowState } from './window-state.ts';

const preload = fileURLToPath(new URL('../preload/index.cjs', import.meta.url));
const icon = fileURLToPath(new URL('../../resources/icons/icon.png', import.meta.url));

/**
 * Opens the window where it was left, and shows it when there is something to see.
 * @param statePath file that keeps its place
 */
export async function openWindow(statePath: string, developing: boolean): Promise<BrowserWindow> {
  const main = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter(({ id }) => id !== main.id);
  const areas = [main, ...others].map(({ workArea }) => workArea);
  const { bounds, maximised } = placeWindow(await readWindowState(statePath), areas);
  const window = new BrowserWindow({
    ...bounds,
    minWidth: smallest.width,
    minHeight: smallest.height,
    show: false,
    title: 'Deltashelf',
    backgroundColor: frameColours().panel,
    ...titleBar(process.platform),
    // Elsewhere the icon is part of the program.
    ...(process.platform === 'linux' && { icon }),
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: developing,
    },
  });
  window.once('ready-to-show', () => {
    if (maximised) window.maximize();
    window.show();
  });
  const recolour = (): void => {
    window.setBackgroundColor(frameColours().panel);
    if (process.platform !== 'darwin') window.setTitleBarOverlay(overlay());
  };
  nativeTheme.on('updated', recolour);
  window.once('closed', () => void nativeTheme.off('updated', recolour));
  // Where the page is not there, its refusal is what the window shows; `check:package` sees that it is.
  void window.loadURL(pageUrl).catch(() => undefined);
  return window;
}

/** Where a window is now, to be kept. */
export function stateOf(window: BrowserWindow): WindowState {
  return { bounds: window.getNormalBounds(), maximised: window.isMaximized() };
}
