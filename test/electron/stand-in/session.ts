import type { Protocol, Session, WebRequest } from 'electron';
import { EventEmitter } from 'node:events';
import type { Route } from 'playwright';
import { fromBrowser } from './addresses.ts';
import { like } from './like.ts';

type PageHandler = Parameters<Protocol['handle']>[1];
type BeforeRequest = Extract<Parameters<WebRequest['onBeforeRequest']>[0], (...args: never[]) => unknown>;
type PermissionRequest = NonNullable<Parameters<Session['setPermissionRequestHandler']>[0]>;

const pages = new Map<string, PageHandler>();
let beforeRequest: BeforeRequest | null = null;
let permissionRequest: PermissionRequest | null = null;

export const protocol = like<Protocol>()({
  registerSchemesAsPrivileged: () => undefined,
  handle: (scheme: string, handler: PageHandler) => {
    if (pages.has(scheme)) throw new Error(`Protocol ${scheme} has a handler already`);
    pages.set(scheme, handler);
  },
});

const defaultSession = Object.assign(
  new EventEmitter(),
  like<Session>()({
    protocol: protocol as unknown as Protocol,
    webRequest: like<WebRequest>()({
      onBeforeRequest: (...args: unknown[]) => {
        beforeRequest = args.at(-1) as BeforeRequest | null;
      },
    }) as unknown as WebRequest,
    setPermissionRequestHandler: (handler: PermissionRequest | null) => {
      permissionRequest = handler;
    },
    setPermissionCheckHandler: () => undefined,
    setDevicePermissionHandler: () => undefined,
    setSpellCheckerEnabled: () => undefined,
  }),
);

export const session = { defaultSession };

/** Answers a request of a page as Electron would: by the filter first, then by the handler of its scheme. */
export async function answerRoute(route: Route, left: (url: string) => void): Promise<void> {
  const url = fromBrowser(route.request().url());
  if (await isCancelled(url)) return route.abort('blockedbyclient');
  const handler = pages.get(new URL(url).protocol.slice(0, -1));
  if (!handler) {
    left(url);
    return route.abort('internetdisconnected');
  }
  // A `Request` of Electron keeps the address as it is; Node's would refuse a scheme that it cannot fetch from.
  const response = await handler({ url, method: route.request().method() } as unknown as Request);
  const body = Buffer.from(await response.arrayBuffer());
  return route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body });
}

function isCancelled(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (!beforeRequest) resolve(false);
    else beforeRequest({ url } as Parameters<BeforeRequest>[0], ({ cancel = false }) => resolve(cancel));
  });
}

/** What becomes of a permission that a page asks for: Electron gives it where no handler says otherwise. */
export function isPermitted(contents: unknown, permission: string): Promise<boolean> {
  return new Promise((resolve) => {
    const [asking, asked] = [contents, permission] as [
      Parameters<PermissionRequest>[0],
      Parameters<PermissionRequest>[1],
    ];
    if (!permissionRequest) resolve(true);
    else permissionRequest(asking, asked, resolve, {} as Parameters<PermissionRequest>[3]);
  });
}
