import { createBirpc } from 'birpc';
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import {
  DeltashelfError,
  libraryCalls,
  libraryEventSchema,
  type LibraryEvent,
} from '../../../shared/index.ts';
import type { CallProgress, LibraryClient } from '../client.ts';
import { onLines } from './lines.ts';
import {
  beginAnswer,
  failureIn,
  readMessage,
  wireVersion,
  type GuestFunctions,
  type HostFunctions,
} from './wire.ts';

/**
 * Reaches the service that another process of this person runs for the same home.
 * @throws DeltashelfError `in-use` where nobody answers, or one of another version does
 */
export async function connectTo(path: string, home: string): Promise<LibraryClient> {
  const socket = await dial(path).catch((error: unknown) => {
    throw unreachable(home, error);
  });
  const listeners = new Set<(event: LibraryEvent) => void>();
  const progress = new Map<string, (progress: CallProgress) => void>();
  const functions: GuestFunctions = {
    progress: (id, told) => progress.get(id)?.(told),
    event: (told) => {
      const parsed = libraryEventSchema.safeParse(told);
      if (parsed.success) for (const listener of listeners) listener(parsed.data);
    },
  };
  const host = createBirpc<HostFunctions, GuestFunctions>(functions, {
    post: (line: string) => void socket.write(`${line}\n`),
    on: (receive) => onLines(socket, receive),
    serialize: (message) => JSON.stringify(message),
    deserialize: readMessage,
    timeout: -1,
    onGeneralError: () => {
      socket.destroy();
      return true;
    },
  });
  const gone = new Promise<never>((_, reject) => {
    socket.once('close', () => {
      host.$close();
      reject(lost());
    });
  });
  gone.catch(() => undefined);
  const { version } = await Promise.race([host.hello(wireVersion), gone]);
  if (version !== wireVersion) {
    socket.destroy();
    throw unreachable(home);
  }
  return {
    ended: gone.catch(() => undefined),
    async call(call, args, control = {}) {
      const { signal, onProgress } = control;
      signal?.throwIfAborted();
      const id = randomUUID();
      const cancel = (): void => void host.cancel.asEvent(id).catch(() => undefined);
      if (onProgress) progress.set(id, onProgress);
      signal?.addEventListener('abort', cancel, { once: true });
      try {
        const answer: unknown = await Promise.race([host.call(id, call, args), gone]);
        const failure = failureIn(answer);
        if (failure) throw failure;
        const { result } = answer as { result: unknown };
        return libraryCalls[call].result.parse(result) as never;
      } finally {
        signal?.removeEventListener('abort', cancel);
        progress.delete(id);
      }
    },
    async begin(call, args) {
      const answer: unknown = await Promise.race([host.begin(call, args), gone]);
      const failure = failureIn(answer);
      if (failure) throw failure;
      return beginAnswer.parse(answer).result;
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      socket.destroy();
      await gone.catch(() => undefined);
    },
  };
}

function dial(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
  });
}

function unreachable(home: string, cause?: unknown): DeltashelfError {
  return new DeltashelfError(
    'in-use',
    `Another Deltashelf works with "${home}" and does not answer this one: it is just starting, ending, or of another ` +
      'version. Nothing was done. Try again in a moment, or close the other one.',
    { file: home },
    cause,
  );
}

function lost(): DeltashelfError {
  return new DeltashelfError(
    'in-use',
    'The Deltashelf that did the work has ended. What it had begun is finished or taken back at its next start. ' +
      'Try again.',
  );
}
