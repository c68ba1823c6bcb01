import type { WindowHost } from '../../shared/window/index.ts';

let current: WindowHost | undefined;

/** Says what the page runs in; once, before anything is shown. */
export function setHost(host: WindowHost): void {
  current = host;
}

/** What the page runs in. */
export function useHost(): WindowHost {
  if (!current) throw new Error('the host is set before the page is shown');
  return current;
}
