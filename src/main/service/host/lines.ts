import type { Socket } from 'node:net';

/** Characters of one message: a list of 10,000 models has about 5 million. */
const longestLine = 64_000_000;

/**
 * Cuts what a socket receives into lines and tells each. A line above the limit ends the connection: nothing that
 * speaks our language sends one.
 */
export function onLines(socket: Socket, tell: (line: string) => void): void {
  const parts: string[] = [];
  let length = 0;
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    let rest = text;
    for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n')) {
      parts.push(rest.slice(0, at));
      const line = parts.join('');
      parts.length = 0;
      length = 0;
      rest = rest.slice(at + 1);
      tell(line);
    }
    parts.push(rest);
    length += rest.length;
    if (length > longestLine) socket.destroy();
  });
}
