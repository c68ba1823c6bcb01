import { createBirpc, type BirpcReturn } from 'birpc';
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import type { z } from 'zod';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import type { CallProgress, LibraryClient } from '../client.ts';
import { onLines } from './lines.ts';
import {
  beginMessage,
  callMessage,
  cancelMessage,
  readMessage,
  toFailure,
  wireVersion,
  type GuestFunctions,
  type HostFunctions,
} from './wire.ts';

/**
 * Lets other processes of this person call the service. Whoever calls this holds the lock of the home, so a socket
 * that is there already is a dead one's.
 * @returns ends it, connections included
 */
export async function listen(library: LibraryClient, path: string): Promise<() => Promise<void>> {
  const pipe = process.platform === 'win32';
  if (!pipe) await preparePlace(path);
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket, library);
  });
  await opened(server, path);
  if (!pipe) await chmod(path, 0o600);
  return async () => {
    for (const socket of connections) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
}

/** A folder that only this person can enter, without the socket of a dead service. */
async function preparePlace(path: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const status = await lstat(folder);
  const foreign = process.getuid !== undefined && status.uid !== process.getuid();
  if (!status.isDirectory() || foreign) {
    throw new DeltashelfError(
      'not-writable',
      `"${folder}" belongs to somebody else, so the service cannot be reached through it. Nothing was done. ` +
        'Choose another home with --home.',
      { file: folder },
    );
  }
  await rm(path, { force: true });
}

function opened(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function serve(socket: Socket, library: LibraryClient): void {
  const running = new Map<string, AbortController>();
  const functions: HostFunctions = {
    hello: () => ({ version: wireVersion }),
    async call(...message) {
      try {
        const parsed = callMessage.safeParse(message);
        if (!parsed.success) throw noCall(parsed.error, 1);
        const [id, call, args] = parsed.data;
        const controller = new AbortController();
        running.set(id, controller);
        try {
          const onProgress = (progress: CallProgress): void =>
            void guest.progress.asEvent(id, progress).catch(() => undefined);
          // Parsed by the service itself: a face in its own process is no more trusted than this one.
          const result = await library.call(call, args as never, { signal: controller.signal, onProgress });
          return { result };
        } finally {
          running.delete(id);
        }
      } catch (error) {
        return toFailure(error);
      }
    },
    async begin(...message) {
      try {
        const parsed = beginMessage.safeParse(message);
        if (!parsed.success) throw noCall(parsed.error, 0);
        const [call, args] = parsed.data;
        return { result: await library.begin(call, args as never) };
      } catch (error) {
        return toFailure(error);
      }
    },
    cancel(...message) {
      const { data } = cancelMessage.safeParse(message);
      if (data) running.get(data[0])?.abort(cancelled());
    },
  };
  const guest: BirpcReturn<GuestFunctions, HostFunctions> = createBirpc<GuestFunctions, HostFunctions>(
    Object.assign(Object.create(null) as HostFunctions, functions),
    {
      post: (line: string) => void socket.write(`${line}\n`),
      on: (receive) => onLines(socket, receive),
      serialize: (message) => JSON.stringify(message),
      deserialize: readMessage,
      timeout: -1,
      // What cannot be read is not ours: the connection ends, the service goes on.
      onGeneralError: () => {
        socket.destroy();
        return true;
      },
    },
  );
  const stop = library.onEvent((event) => void guest.event.asEvent(event).catch(() => undefined));
  socket.on('close', () => {
    stop();
    // Whoever asked is gone: nobody waits for what it asked for.
    for (const controller of running.values()) controller.abort(cancelled());
    guest.$close();
  });
}

/** @param place of the call's name in the message */
function noCall(error: z.ZodError, place: number): DeltashelfError {
  const where = error.issues[0]?.path[0] === place ? 'There is no such call' : 'That is no call';
  return new DeltashelfError(
    'usage',
    `${where} of the library. Nothing was done. Use the same version on both sides.`,
  );
}

function cancelled(): DeltashelfError {
  return new DeltashelfError(
    'cancelled',
    'Cancelled. What was under way is taken back; what was finished before stays as it is.',
  );
}
