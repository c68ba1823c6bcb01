import { createHash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Bytes of the longest path that a socket may have: 104 on macOS, 108 on Linux, with a zero at the end. */
const longestSocketPath = 100;

/** Where the service of a home listens. On Windows that is a named pipe, elsewhere a socket inside the home. */
export function socketPath(home: string, platform: NodeJS.Platform = process.platform): string {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 24);
  if (platform === 'win32') return `\\\\.\\pipe\\deltashelf-${userInfo().username}-${name}`;
  const inside = join(home, 'service.sock');
  if (Buffer.byteLength(inside) <= longestSocketPath) return inside;
  return join(tmpdir(), `deltashelf-${userInfo().uid}-${name}`, 'service.sock');
}
