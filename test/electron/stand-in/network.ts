// Every way out of this machine that the app's processes or its page try to take.
import dgram from 'node:dgram';
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';

/** Notes a way out that was tried. In a file: the service's process writes there too. */
export function left(where: string): void {
  const log = process.env['STAND_IN_NETWORK'];
  if (log) appendFileSync(log, `${where}\n`);
}

/** Connections to a name in the file system are to processes of this machine; all others are noted. */
export function watchNetwork(): void {
  const prototype = Socket.prototype as { connect: (...args: unknown[]) => Socket };
  const connect = prototype.connect;
  prototype.connect = function (this: Socket, ...args: unknown[]) {
    // `net.connect` hands over its arguments as one array.
    const [first] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
    const path =
      typeof first === 'string' ||
      (typeof first === 'object' && first !== null && 'path' in first && first.path);
    if (!path) left(`connect ${JSON.stringify(first)}`);
    return connect.apply(this, args);
  };
  const send = dgram.Socket.prototype as unknown as { send: (...args: unknown[]) => void };
  const sendTo = send.send;
  send.send = function (...args: unknown[]) {
    left('send');
    sendTo.apply(this, args);
  };
}
