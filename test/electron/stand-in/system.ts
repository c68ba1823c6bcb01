// The system's side: dialogs, displays, theme, menus, notes. Nothing is shown; a test puts its own in their place.
import type {
  Dialog,
  Display,
  Menu as RealMenu,
  MenuItem,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  NativeTheme,
  Notification as RealNotification,
  NotificationConstructorOptions,
  Screen,
  Shell,
} from 'electron';
import { EventEmitter } from 'node:events';
import { like } from './like.ts';

export const dialog = like<Dialog>()({
  showOpenDialog: () => Promise.resolve({ canceled: true, filePaths: [] }),
  showMessageBox: (...args: unknown[]) => {
    const options = args.at(-1) as MessageBoxOptions;
    return Promise.resolve({ response: options.cancelId ?? 0, checkboxChecked: false });
  },
  showErrorBox: (title: string, content: string) => console.error(`[error box] ${title}: ${content}`),
});

const area = { x: 0, y: 0, width: 1920, height: 1040 };
const display = { id: 1, bounds: { ...area, height: 1080 }, workArea: area } as Display;

export const screen = Object.assign(
  new EventEmitter(),
  like<Screen>()({ getPrimaryDisplay: () => display, getAllDisplays: () => [display] }),
);

export const nativeTheme = Object.assign(
  new EventEmitter(),
  like<NativeTheme>()({ shouldUseDarkColors: false, themeSource: 'system' as const }),
);

export const shell = like<Shell>()({
  showItemInFolder: () => undefined,
  openExternal: (url: string) => Promise.reject(new Error(`The stand-in opens nothing: ${url}`)),
});

export class Notification
  extends EventEmitter
  implements Pick<RealNotification, 'title' | 'body' | 'show' | 'close'>
{
  readonly title: string;
  readonly body: string;

  static isSupported(): boolean {
    return true;
  }

  constructor({ title = '', body = '' }: NotificationConstructorOptions) {
    super();
    this.title = title;
    this.body = body;
  }

  show(): void {
    this.emit('show');
  }

  close(): void {
    this.emit('close');
  }
}

let applicationMenu: Menu | null = null;

export class Menu extends EventEmitter implements Pick<RealMenu, 'items' | 'popup'> {
  readonly items: MenuItem[];

  static buildFromTemplate(template: readonly MenuItemConstructorOptions[]): Menu {
    return new Menu(template);
  }

  static setApplicationMenu(menu: Menu | null): void {
    applicationMenu = menu;
  }

  static getApplicationMenu(): Menu | null {
    return applicationMenu;
  }

  constructor(template: readonly MenuItemConstructorOptions[]) {
    super();
    this.items = template.map(
      ({ submenu, ...item }) =>
        ({ ...item, ...(Array.isArray(submenu) && { submenu: new Menu(submenu) }) }) as unknown as MenuItem,
    );
  }

  popup(): void {
    this.emit('menu-will-show');
  }
}
