const key = 'deltashelf.token';

/**
 * The key that the host printed with the address of this page, or the ticket that the browser was started with. It is
 * taken out of the address, where it could be read over a shoulder or copied with it, and the key is kept for this tab
 * alone until that is closed.
 * @param enter changes a ticket for the key; undefined where it is not good
 * @returns the empty string where the page was opened without it
 */
export async function takeToken(enter: (ticket: string) => Promise<string | undefined>): Promise<string> {
  // The host was started again at the same port, and its new address was put into this tab.
  addEventListener('hashchange', () => {
    if (inAddress('token') !== null) location.reload();
  });
  const given = inAddress('token');
  const ticket = inAddress('ticket');
  if (given !== null || ticket !== null) history.replaceState(null, '', location.pathname + location.search);
  const token = given ?? (ticket === null ? undefined : await enter(ticket));
  if (token !== undefined) sessionStorage.setItem(key, token);
  return sessionStorage.getItem(key) ?? '';
}

function inAddress(name: string): string | null {
  return new URLSearchParams(location.hash.slice(1)).get(name);
}
