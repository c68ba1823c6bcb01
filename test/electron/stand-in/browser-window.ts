import type {
  BrowserWindow as RealWindow,
  BrowserWindowConstructorOptions,
  ProgressBarOptions,
  Rectangle,
  WebContents as RealContents,
  WebPreferences,
} from 'electron';
import { EventEmitter } from 'node:events';
import { app } from './app.ts';
import { openWindows, type OpenWindow } from './open-windows.ts';
import { Preventable } from './preventable.ts';
import { screen } from './system.ts';
import { WebContents } from './web-contents.ts';

type Like = Pick<
  RealWindow,
  | 'webContents'
  | 'show'
  | 'hide'
  | 'focus'
  | 'isFocused'
  | 'isVisible'
  | 'isMinimized'
  | 'minimize'
  | 'restore'
  | 'maximize'
  | 'isMaximized'
  | 'getBounds'
  | 'getNormalBounds'
  | 'setBounds'
  | 'close'
  | 'destroy'
  | 'isDestroyed'
  | 'setProgressBar'
  | 'setBackgroundColor'
  | 'setTitleBarOverlay'
  | 'loadURL'
  | 'getMinimumSize'
>;

/** What no window of the app may be without. */
function check(preferences: WebPreferences = {}): void {
  const { sandbox, contextIsolation, nodeIntegration, webSecurity, webviewTag } = preferences;
  const safe =
    sandbox === true &&
    contextIsolation === true &&
    nodeIntegration === false &&
    webSecurity === true &&
    !webviewTag;
  if (!safe) throw new Error('The stand-in opens no window whose page is not shut in');
}

export class BrowserWindow extends EventEmitter implements Like, OpenWindow {
  readonly webContents: RealContents;
  readonly #contents: WebContents;
  readonly #options: BrowserWindowConstructorOptions;
  #bounds: Rectangle;
  #state = { visible: false, focused: false, minimised: false, maximised: false, destroyed: false };

  static getAllWindows(): OpenWindow[] {
    return openWindows.slice();
  }

  static getFocusedWindow(): OpenWindow | null {
    return openWindows.find((window) => window.isFocused()) ?? null;
  }

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super();
    check(options.webPreferences);
    this.#options = options;
    const { x = 100, y = 100, width = 800, height = 600 } = options;
    this.#bounds = { x, y, width, height };
    this.#contents = new WebContents(options.webPreferences ?? {}, () => this.emit('ready-to-show'));
    this.webContents = this.#contents as unknown as RealContents;
    openWindows.push(this);
    if (options.show !== false) this.show();
    app.emit('web-contents-created', {}, this.webContents);
  }

  loadURL(url: string): Promise<void> {
    return this.#contents.loadURL(url);
  }

  show(): void {
    this.#state.visible = true;
    this.focus();
  }

  hide(): void {
    this.#state.visible = false;
    this.blur();
  }

  focus(): void {
    for (const other of openWindows) if (other !== this) other.blur();
    this.#state.focused = true;
    this.emit('focus');
  }

  blur(): void {
    this.#state.focused = false;
  }

  isFocused(): boolean {
    return this.#state.focused;
  }

  isVisible(): boolean {
    return this.#state.visible;
  }

  isMinimized(): boolean {
    return this.#state.minimised;
  }

  minimize(): void {
    this.#state.minimised = true;
    this.blur();
  }

  restore(): void {
    this.#state.minimised = false;
  }

  maximize(): void {
    this.#state.maximised = true;
  }

  isMaximized(): boolean {
    return this.#state.maximised;
  }

  getBounds(): Rectangle {
    return this.#state.maximised ? screen.getPrimaryDisplay().workArea : this.#bounds;
  }

  getNormalBounds(): Rectangle {
    return this.#bounds;
  }

  setBounds(bounds: Partial<Rectangle>): void {
    this.#bounds = { ...this.#bounds, ...bounds };
  }

  getMinimumSize(): number[] {
    return [this.#options.minWidth ?? 0, this.#options.minHeight ?? 0];
  }

  close(): void {
    void this.standInClose().then((closed) => {
      if (closed && openWindows.length === 0) app.emit('window-all-closed');
    });
  }

  /** Closes it without asking. */
  destroy(): void {
    void this.#end();
  }

  isDestroyed(): boolean {
    return this.#state.destroyed;
  }

  setProgressBar(progress: number, options?: ProgressBarOptions): void {
    this.emit('standInProgress', progress, options);
  }

  setBackgroundColor(): void {
    // Nothing is drawn around a page.
  }

  setTitleBarOverlay(): void {
    if (!this.#options.titleBarOverlay) throw new Error('Titlebar overlay is not enabled');
  }

  async standInClose(): Promise<boolean> {
    if (this.#state.destroyed) return true;
    const event = new Preventable();
    this.emit('close', event);
    if (event.defaultPrevented) return false;
    await this.#end();
    return true;
  }

  async #end(): Promise<void> {
    this.#state.destroyed = true;
    openWindows.splice(openWindows.indexOf(this), 1);
    await this.#contents.standInDestroy();
    this.emit('closed');
  }
}
