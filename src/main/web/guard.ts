import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';

/** A new secret of 192 bits, in the letters of an address. */
export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/**
 * Lets in only requests that were meant for this host and come from its own page: another site can make a browser
 * send requests here, and by a name of its own that leads to 127.0.0.1 (DNS rebinding).
 * @throws Refusal 400, 421, 403
 */
export function checkOrigin(request: IncomingMessage, port: number): void {
  const hosts = request.headersDistinct['host'] ?? [];
  const [host = ''] = hosts;
  if (hosts.length !== 1) throw new Refusal(400, 'The request does not name one host.');
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    throw new Refusal(
      421,
      `This Deltashelf answers only as 127.0.0.1:${port} or localhost:${port}. Through a tunnel, use the same port ` +
        'on both ends.',
    );
  }
  const { origin } = request.headers;
  // `null`, that of a page without an origin, is no better than any other.
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new Refusal(403, 'Only the page of this Deltashelf may ask. Open the address that it printed.');
  }
}

/**
 * Lets in only who knows the token, and tells nothing by how long it takes.
 * @throws Refusal 401
 */
export function checkToken(request: IncomingMessage, token: string): void {
  const { authorization = '' } = request.headers;
  if (isSame(authorization, `Bearer ${token}`)) return;
  throw noKey();
}

export function noKey(): Refusal {
  return new Refusal(
    401,
    'This page does not know the key of this Deltashelf. Open the address that it printed when it started.',
    'refused',
    { 'WWW-Authenticate': 'Bearer' },
  );
}

/** Compares two secrets in a time that tells nothing of them, not even of their length. */
export function isSame(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
