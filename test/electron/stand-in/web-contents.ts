import type { WebContents as RealContents, WebFrameMain, WebPreferences } from 'electron';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Frame, Page, Route } from 'playwright';
import { fromBrowser, toBrowser } from './addresses.ts';
import { browser } from './browser.ts';
import { invokeEvent, webFrame } from './frames.ts';
import { ipcMain } from './ipc-main.ts';
import { left } from './network.ts';
import { openWindows } from './open-windows.ts';
import { Preventable } from './preventable.ts';
import { pageScript, type Sent } from './page-world.ts';
import { answerRoute, isPermitted } from './session.ts';

type Like = Pick<
  RealContents,
  | 'mainFrame'
  | 'getURL'
  | 'isDestroyed'
  | 'loadURL'
  | 'reload'
  | 'send'
  | 'setWebRTCIPHandlingPolicy'
  | 'setWindowOpenHandler'
>;
type OpenHandler = Parameters<RealContents['setWindowOpenHandler']>[0];

const binding = '__standInSend';
const receiver = '__standInReceive';

/** The page of a window: a page of the browser, with the preload script in it. */
export class WebContents extends EventEmitter implements Like {
  readonly standInPage: Promise<Page>;
  readonly #preferences: WebPreferences;
  #page: Page | undefined;
  /** Where main sends the page; all else the page wants itself. */
  #sentTo: string | undefined;
  #openHandler: OpenHandler | undefined;

  constructor(preferences: WebPreferences, ready: () => void) {
    super();
    this.#preferences = preferences;
    this.standInPage = this.#open(ready);
    this.standInPage.catch((error: unknown) => this.emit('standInError', error));
  }

  async #open(ready: () => void): Promise<Page> {
    const page = await browser().newPage();
    this.#page = page;
    await page.exposeBinding(binding, ({ frame }, sent: Sent) => this.#receive(frame, sent));
    const preload = readFileSync(this.#preferences.preload ?? '', 'utf8');
    await page.addInitScript({
      content: pageScript({ platform: process.platform, binding, receiver }, preload),
    });
    await page.route('**/*', (route) => this.#answer(route));
    page.on('console', (message) => {
      const { url, lineNumber } = message.location();
      const level = message.type() === 'warning' ? 'warning' : message.type() === 'error' ? 'error' : 'info';
      this.emit('console-message', {
        level,
        message: message.text(),
        lineNumber,
        sourceId: fromBrowser(url),
      });
    });
    page.on('pageerror', ({ message }) => {
      this.emit('console-message', {
        level: 'error',
        message: `Uncaught ${message}`,
        lineNumber: 0,
        sourceId: '',
      });
    });
    page.on('popup', (popup) => void this.#popup(popup));
    page.on('load', () => {
      ready();
      this.emit('did-finish-load');
    });
    return page;
  }

  get mainFrame(): WebFrameMain {
    if (!this.#page) throw new Error('The page is not there yet');
    return webFrame(this.#page.mainFrame());
  }

  getURL(): string {
    return fromBrowser(this.#page?.url() ?? '');
  }

  /** Electron has it too, but its types do not say so. */
  getLastWebPreferences(): WebPreferences {
    return this.#preferences;
  }

  isDestroyed(): boolean {
    return this.#page?.isClosed() ?? false;
  }

  async loadURL(url: string): Promise<void> {
    const page = await this.standInPage;
    this.#sentTo = url;
    const response = await page.goto(toBrowser(url));
    if (response?.ok() !== true) this.emit('did-fail-load');
  }

  reload(): void {
    this.#sentTo = this.getURL();
    void this.#page?.reload().catch(() => undefined);
  }

  send(channel: string, ...args: unknown[]): void {
    const sent = structuredClone(args);
    const deliver = ([name, to, what]: readonly [string, string, readonly unknown[]]): void => {
      const receive = (
        globalThis as unknown as Record<string, (channel: string, args: readonly unknown[]) => void>
      )[name];
      receive?.(to, what);
    };
    // A page that is on its way out hears nothing, as in Electron.
    void this.#page?.evaluate(deliver, [receiver, channel, sent] as const).catch(() => undefined);
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler;
  }

  setWebRTCIPHandlingPolicy(): void {
    // The browser of the tests keeps its own.
  }

  async standInDestroy(): Promise<void> {
    await (await this.standInPage).close();
    this.emit('destroyed');
  }

  async #receive(frame: Frame, sent: Sent): Promise<{ result?: unknown; error?: string }> {
    switch (sent.kind) {
      case 'error':
        this.emit('preload-error', {}, '', new Error(sent.message));
        return {};
      case 'permission':
        return { result: await isPermitted(this, sent.permission) };
      case 'invoke': {
        const handler = ipcMain._invokeHandlers.get(sent.channel);
        if (!handler) return { error: `Error: No handler registered for '${sent.channel}'` };
        try {
          const result: unknown = await handler(invokeEvent(this, frame), ...structuredClone(sent.args));
          return { result: structuredClone(result) };
        } catch (error) {
          return { error: String(error) };
        }
      }
    }
  }

  async #answer(route: Route): Promise<void> {
    const request = route.request();
    const url = fromBrowser(request.url());
    if (request.isNavigationRequest() && !this.#mayGo(url, request.frame())) return route.abort('aborted');
    return answerRoute(route, left);
  }

  #mayGo(url: string, frame: Frame): boolean {
    const isMainFrame = frame.parentFrame() === null;
    if (isMainFrame && url === this.#sentTo) {
      this.#sentTo = undefined;
      return true;
    }
    const event = Object.assign(new Preventable(), { url, isMainFrame, frame: webFrame(frame) });
    this.emit('will-frame-navigate', event);
    if (isMainFrame && !event.defaultPrevented) this.emit('will-navigate', event);
    return !event.defaultPrevented;
  }

  async #popup(popup: Page): Promise<void> {
    const handled = this.#openHandler?.({ url: fromBrowser(popup.url()) } as Parameters<OpenHandler>[0]);
    if (handled?.action === 'deny') return popup.close();
    // Electron opens a window where nothing says otherwise.
    openWindows.push({
      webContents: { getURL: () => fromBrowser(popup.url()) } as unknown as RealContents,
      isFocused: () => false,
      blur: () => undefined,
      standInClose: () => popup.close().then(() => true),
    });
  }
}
