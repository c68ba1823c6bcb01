/** The regions of the window in their order; each takes the keyboard at its list, or at what comes first. */
const regions = ['.side', 'main .pane', '.insp', '.status'];
const takers = ['[data-list]', '[aria-current]', '[tabindex="0"], button:not(:disabled), input, a[href]'];

/** F6 goes from region to region, as in the programs people know; with Shift back. */
export function moveBetweenRegions(event: KeyboardEvent): void {
  if (event.key !== 'F6') return;
  event.preventDefault();
  const there = regions.flatMap((query) => {
    const region = document.querySelector(query);
    const taker = region && takerOf(region);
    return region && taker ? [{ region, taker }] : [];
  });
  const { activeElement } = document;
  const at = there.findIndex(({ region }) => region.contains(activeElement));
  const step = event.shiftKey ? -1 : 1;
  const next = at < 0 ? (event.shiftKey ? there.length - 1 : 0) : (at + step + there.length) % there.length;
  there[next]?.taker.focus();
}

/** Gives the keyboard to what a person went to. */
export function focusScreen(): void {
  const main = document.querySelector<HTMLElement>('main');
  if (!main || main.contains(document.activeElement)) return;
  const list = main.querySelector<HTMLElement>('[data-list]');
  if (!list) main.tabIndex = -1;
  (list ?? main).focus({ preventScroll: true });
}

function takerOf(region: Element): HTMLElement | null {
  for (const query of takers) {
    const found = region.querySelector<HTMLElement>(query);
    if (found) return found;
  }
  return null;
}
