// A browser takes no pages from schemes of its own making: app://host/x stands at https://host.app.standin/x, which is a
// secure context as app: is in Electron. Everything else keeps its address.
const suffix = '.app.standin';

export function toBrowser(url: string): string {
  const match = /^app:\/\/([^/?#]+)(.*)$/u.exec(url);
  return match ? `https://${match[1] ?? ''}${suffix}${match[2] ?? ''}` : url;
}

export function fromBrowser(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:' || !hostname.endsWith(suffix)) return url;
  return `app://${hostname.slice(0, -suffix.length)}${url.slice(`https://${hostname}`.length)}`;
}
