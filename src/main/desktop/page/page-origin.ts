/** Pages come from here and nowhere else: no file, no server. */
export const pageScheme = 'app';
const pageHost = 'deltashelf';
export const pageOrigin = `${pageScheme}://${pageHost}`;
export const pageUrl = `${pageOrigin}/index.html`;

/** Whether an address belongs to our page. Not by `URL.origin`, which is `null` for schemes that Node does not know. */
export function isOurs(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host, username, password, port } = new URL(address);
  const plain = username === '' && password === '' && port === '';
  return plain && protocol === `${pageScheme}:` && host === pageHost;
}
