const key = 'deltashelf.token';

/**
 * The key that the host printed with the address of this page. It is taken out of the address, where it could be read
 * over a shoulder or copied with it, and kept for this tab alone until that is closed.
 * @returns the empty string where the page was opened without it
 */
export function takeToken(): string {
  const given = tokenInAddress();
  if (given !== null) {
    sessionStorage.setItem(key, given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  // The host was started again at the same port, and its new address was put into this tab.
  addEventListener('hashchange', () => {
    if (tokenInAddress() !== null) location.reload();
  });
  return sessionStorage.getItem(key) ?? '';
}

function tokenInAddress(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get('token');
}
