import type { Failure } from '../../shared/index.ts';
import { windowCallNames } from '../../shared/window/call-names.ts';
import type { ChosenPlace, WindowHost } from '../../shared/window/index.ts';
import { WebEvents } from './web-events.ts';
import { WebRequests } from './web-requests.ts';

/** The host of a page in a browser: the same calls as in the app, over HTTP to where the page came from. */
export function connectWebHost(): WindowHost {
  const requests = new WebRequests();
  const events = new WebEvents(requests);
  const calls = windowCallNames.map((name) => [name, (args: unknown) => requests.post(name, args)]);
  return {
    kind: 'web',
    platform: platformOfKeyboard(),
    calls: Object.fromEntries(calls) as WindowHost['calls'],
    onEvent: (listener) => events.onEvent(listener),
    folders: {
      kind: 'typed',
      async complete(text) {
        const answer = await requests.post('host/complete', { text });
        return 'result' in answer ? (answer.result as readonly string[]) : [];
      },
      choose: async (path) =>
        (await requests.post('host/choose', { path })) as { readonly result: ChosenPlace } | Failure,
    },
  };
}

/** Of the machine that the person sits at, not of the one that the service runs on: it decides the keys. */
function platformOfKeyboard(): WindowHost['platform'] {
  if (/Mac|iPhone|iPad/u.test(navigator.userAgent)) return 'darwin';
  return navigator.userAgent.includes('Windows') ? 'win32' : 'linux';
}
