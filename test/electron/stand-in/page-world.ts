// What runs in a page before its own scripts: the preload script, with the part of Electron that it may require.

/** What the page's world is told when it is made. */
export interface PageWorld {
  readonly platform: NodeJS.Platform;
  /** Name of the binding that leads to main. */
  readonly binding: string;
  /** Name of the function by which main reaches the preload script. */
  readonly receiver: string;
}

/** What main and page send each other through the binding. */
export type Sent =
  | { readonly kind: 'invoke'; readonly channel: string; readonly args: readonly unknown[] }
  | { readonly kind: 'permission'; readonly permission: string }
  | { readonly kind: 'error'; readonly message: string };

type Listener = (event: unknown, ...args: unknown[]) => void;

type Preload = (require: (name: string) => unknown, module: object, exports: object, process: object) => void;

/**
 * Text of a script that makes the world and runs the preload script in it. The policy of the page forbids to evaluate
 * texts, so that it stands there as code.
 */
export function pageScript(world: PageWorld, preload: string): string {
  const code = `function (require, module, exports, process) {\n${preload}\n}`;
  return `(${makeWorld.toString()})(${JSON.stringify(world)}, ${code})`;
}

/** Leans on nothing outside itself: its text is sent to the page. */
function makeWorld({ platform, binding, receiver }: PageWorld, preload: Preload): void {
  const page = globalThis as unknown as Record<string, unknown> & {
    top: unknown;
    location: { protocol: string };
  };
  // Preload scripts run in main frames only, and not in pages that are no documents of ours.
  if (page.top !== globalThis || page.location.protocol !== 'https:') return;
  const send = page[binding] as (sent: Sent) => Promise<{ result?: unknown; error?: string }>;
  Reflect.deleteProperty(page, binding);

  const listeners = new Map<string, Listener[]>();
  const paths = new Map<string, string>();
  Object.defineProperty(page, receiver, {
    value: (channel: string, args: readonly unknown[]) => {
      if (channel === 'standIn:paths')
        for (const [name, path] of args as [string, string][]) paths.set(name, path);
      else for (const listener of listeners.get(channel) ?? []) listener({}, ...structuredClone(args));
    },
  });

  const isPlain = (value: object): boolean => {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null || Array.isArray(value);
  };
  /** Functions are passed on as others that do the same; the rest is copied, and frozen. */
  const bridge = (value: unknown): unknown => {
    if (typeof value === 'function') {
      return (...args: unknown[]): unknown => {
        try {
          return bridge((value as (...args: unknown[]) => unknown)(...args.map(bridge)));
        } catch (error) {
          throw new Error(error instanceof Error ? error.message : String(error));
        }
      };
    }
    if (typeof value !== 'object' || value === null || value instanceof File) return value;
    if (value instanceof Promise) {
      return value.then(bridge, (error: unknown) => {
        throw new Error(error instanceof Error ? error.message : String(error));
      });
    }
    if (!isPlain(value)) return structuredClone(value);
    if (Array.isArray(value)) return Object.freeze(value.map(bridge));
    return Object.freeze(
      Object.fromEntries(Object.entries(value).map(([name, each]) => [name, bridge(each)])),
    );
  };

  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, api: unknown) => {
        if (name in page)
          throw new Error(`Cannot bind an API on top of an existing property on the window object`);
        Object.defineProperty(page, name, { value: bridge(api), enumerable: true });
      },
    },
    ipcRenderer: {
      invoke: async (channel: string, ...args: unknown[]): Promise<unknown> => {
        const answer = await send({ kind: 'invoke', channel, args: structuredClone(args) });
        if (answer.error !== undefined)
          throw new Error(`Error invoking remote method '${channel}': ${answer.error}`);
        return answer.result;
      },
      on: (channel: string, listener: Listener) => {
        listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
      },
    },
    webUtils: {
      // A browser tells no paths: a test says beforehand where a file of that name lies.
      getPathForFile: (file: unknown) => {
        if (!(file instanceof File)) throw new TypeError('Must pass a File object');
        return paths.get(file.name) ?? '';
      },
    },
  };

  // Electron grants what no handler refuses.
  const ask = async (permission: string): Promise<boolean> =>
    (await send({ kind: 'permission', permission })).result === true;
  const browser = page as unknown as {
    Notification: { requestPermission: () => Promise<string> };
    navigator: { geolocation?: { getCurrentPosition: unknown }; mediaDevices?: { getUserMedia: unknown } };
  };
  browser.Notification.requestPermission = async () => ((await ask('notifications')) ? 'granted' : 'denied');
  const { geolocation, mediaDevices } = browser.navigator;
  if (geolocation) {
    geolocation.getCurrentPosition = (done: (place: unknown) => void, refused: (error: unknown) => void) =>
      void ask('geolocation').then((granted) => {
        if (granted) done({});
        else refused({ code: 1 });
      });
  }
  if (mediaDevices) {
    mediaDevices.getUserMedia = async () => {
      if (await ask('media')) return {};
      throw new Error('NotAllowedError');
    };
  }

  const module = { exports: {} };
  const require = (name: string): unknown => {
    if (name === 'electron') return electron;
    throw new Error(`module not found: ${name}`);
  };
  try {
    preload(require, module, module.exports, { platform });
  } catch (error) {
    void send({ kind: 'error', message: String(error) });
  }
}
