// The menu of each system offers every command, and takes no key that a text or the page needs.
import type { MenuItemConstructorOptions } from 'electron';
import { expect, test } from 'vitest';
import { menuTemplate } from '../../src/main/desktop/menus/menu-template.ts';
import type { WindowCommand } from '../../src/shared/window/index.ts';

const platforms = ['darwin', 'win32', 'linux'] as const;

function items(template: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
  return template.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? items(item.submenu) : [])]);
}

function menu(platform: NodeJS.Platform, developing = false) {
  const told: WindowCommand[] = [];
  const all = items(menuTemplate(platform, developing, (command) => told.push(command)));
  return { all, told };
}

test.each(platforms)('every command can be chosen on %s', (platform) => {
  const { all, told } = menu(platform);
  for (const { click } of all) (click as (() => void) | undefined)?.();
  const commands: Record<WindowCommand, true> = {
    'add-folder': true,
    settings: true,
    palette: true,
    find: true,
    'go-library': true,
    'go-lineage': true,
    'go-jobs': true,
    'go-reclaim': true,
    'go-activity': true,
    'toggle-inspector': true,
    compress: true,
    verify: true,
    reconstruct: true,
    undo: true,
    keys: true,
  };
  expect(told.sort()).toEqual(Object.keys(commands).sort());
});

test.each(platforms)('no key is given twice on %s, and none to purge or delete', (platform) => {
  const { all } = menu(platform);
  const keys = all.flatMap(({ accelerator }) => (accelerator === undefined ? [] : [accelerator]));
  expect(new Set(keys).size).toBe(keys.length);
  expect(all.filter(({ label = '' }) => /purge|delete/iu.test(label))).toEqual([]);
});

test.each(platforms)('keys of the page stay with the page on %s', (platform) => {
  const { all } = menu(platform);
  const ofPage = ['K', 'F', 'I', 'R', ',', 'Shift+C', 'Shift+V'].map((key) => `CmdOrCtrl+${key}`);
  const registered = all.filter(({ registerAccelerator }) => registerAccelerator !== false);
  expect(registered.filter(({ accelerator }) => ofPage.includes(String(accelerator)))).toEqual([]);
});

test('developer tools are for developers, reloading for nobody', () => {
  const roles = (developing: boolean) => menu('linux', developing).all.map(({ role }) => role);
  expect(roles(true)).toContain('toggleDevTools');
  expect(roles(false)).not.toContain('toggleDevTools');
  for (const role of ['reload', 'forceReload'] as const) expect(roles(true)).not.toContain(role);
});
