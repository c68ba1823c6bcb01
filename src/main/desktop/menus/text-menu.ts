import { Menu, type BrowserWindow, type ContextMenuParams, type MenuItemConstructorOptions } from 'electron';

/** The menu that people expect over text: copying where it is selected, all of editing where it can be written. */
export function showTextMenu(window: BrowserWindow, { isEditable, selectionText }: ContextMenuParams): void {
  const roles: MenuItemConstructorOptions['role'][] = isEditable
    ? ['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll']
    : selectionText.trim() === ''
      ? []
      : ['copy'];
  if (roles.length === 0) return;
  Menu.buildFromTemplate(roles.map((role) => ({ role }) as MenuItemConstructorOptions)).popup({ window });
}
