import type { MenuItemConstructorOptions } from 'electron';
import type { WindowCommand } from '../../../shared/window/index.ts';

/**
 * The menu of the app. Elsewhere than on macOS it is not drawn, as the page has the title bar; its keys work all the
 * same.
 * @param command tells the page
 */
export function menuTemplate(
  platform: NodeJS.Platform,
  developing: boolean,
  command: (command: WindowCommand) => void,
): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin';
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const item = (label: string, of: WindowCommand, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    click: () => command(of),
    ...(accelerator !== undefined && { accelerator }),
  });
  /** Its key is the page's, as in a browser: it stands here to be read. On macOS the page is asked first anyway. */
  const ofPage = (label: string, of: WindowCommand, accelerator: string): MenuItemConstructorOptions => ({
    ...item(label, of, accelerator),
    registerAccelerator: false,
  });
  const settings = ofPage('Settings…', 'settings', 'CmdOrCtrl+,');

  const app: MenuItemConstructorOptions = {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      separator,
      settings,
      separator,
      { role: 'services' },
      separator,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      separator,
      { role: 'quit' },
    ],
  };
  const file: MenuItemConstructorOptions = {
    label: 'File',
    submenu: [
      item('Add Folder…', 'add-folder', 'CmdOrCtrl+O'),
      separator,
      ...(mac ? [{ role: 'close' as const }] : [settings, separator, { role: 'quit' as const }]),
    ],
  };
  const edit: MenuItemConstructorOptions = {
    label: 'Edit',
    submenu: [
      // In a text these undo typing; elsewhere the page takes their keys for the last step.
      { role: 'undo' },
      { role: 'redo' },
      item('Undo Last Step…', 'undo'),
      separator,
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'selectAll' },
      separator,
      ofPage('Find', 'find', 'CmdOrCtrl+F'),
      ofPage('Commands…', 'palette', 'CmdOrCtrl+K'),
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: 'View',
    submenu: [
      item('Library', 'go-library', 'CmdOrCtrl+1'),
      item('Lineage', 'go-lineage', 'CmdOrCtrl+2'),
      item('Jobs', 'go-jobs', 'CmdOrCtrl+3'),
      item('Reclaim', 'go-reclaim', 'CmdOrCtrl+4'),
      item('Activity', 'go-activity', 'CmdOrCtrl+5'),
      separator,
      ofPage('Inspector', 'toggle-inspector', 'CmdOrCtrl+I'),
      separator,
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { role: 'togglefullscreen' },
      ...(developing ? [separator, { role: 'toggleDevTools' as const }] : []),
    ],
  };
  const models: MenuItemConstructorOptions = {
    label: 'Models',
    submenu: [
      ofPage('Compress', 'compress', 'CmdOrCtrl+Shift+C'),
      ofPage('Verify', 'verify', 'CmdOrCtrl+Shift+V'),
      ofPage('Reconstruct…', 'reconstruct', 'CmdOrCtrl+R'),
    ],
  };
  const help: MenuItemConstructorOptions = {
    role: 'help',
    submenu: [item('Keyboard Shortcuts', 'keys'), ...(mac ? [] : [{ role: 'about' as const }])],
  };
  return [
    ...(mac ? [app] : []),
    file,
    edit,
    view,
    models,
    ...(mac ? [{ role: 'windowMenu' as const }] : []),
    help,
  ];
}
