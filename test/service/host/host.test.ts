// Two faces of one home: the owner of the service listens, the other one calls over the socket.
import { lstat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectTo } from '../../../src/main/service/host/connect.ts';
import { listen } from '../../../src/main/service/host/listen.ts';
import { socketPath } from '../../../src/main/service/host/socket-path.ts';
import { DeltashelfError, type LibraryEvent } from '../../../src/shared/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { FakeLibrary } from './fake-library.ts';

const noQuarantine = { entries: [], bytes: 0 };

async function pair(library: FakeLibrary) {
  const scratch = await scratchFolder();
  const path = socketPath(scratch.path);
  const stop = await listen(library, path);
  const guest = await connectTo(path, scratch.path);
  return {
    path,
    guest,
    [Symbol.asyncDispose]: async () => {
      await guest.close();
      await stop();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};

test('a call goes over the socket with what it is given, and its result comes back', async () => {
  const library = new FakeLibrary({ quarantine: () => Promise.resolve(noQuarantine) });
  await using both = await pair(library);
  expect(await both.guest.call('quarantine', {})).toEqual(noQuarantine);
  expect(library.calls).toEqual([{ call: 'quarantine', args: {} }]);
});

test('only its owner may use the socket', async () => {
  await using both = await pair(new FakeLibrary({}));
  expect((await lstat(both.path)).mode & 0o777).toBe(0o600);
});

test('a failure comes back with its code, its sentence and its place', async () => {
  const failure = new DeltashelfError('refused', 'It stays.', { file: 'base', tensor: 'w' });
  const library = new FakeLibrary({ delete: () => Promise.reject(failure) });
  await using both = await pair(library);
  const error: unknown = await both.guest
    .call('delete', { model: 'x', confirmed: true })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DeltashelfError);
  expect(error).toMatchObject({
    code: 'refused',
    message: 'It stays.',
    place: { file: 'base', tensor: 'w' },
  });
});

test('what is no failure of ours is told as one', async () => {
  const library = new FakeLibrary({ quarantine: () => Promise.reject(new TypeError('oops')) });
  await using both = await pair(library);
  await expect(both.guest.call('quarantine', {})).rejects.toMatchObject({ code: 'internal' });
});

test('an answer that is no result of that call is refused', async () => {
  const library = new FakeLibrary({ quarantine: () => Promise.resolve({ entries: 'all' }) });
  await using both = await pair(library);
  await expect(both.guest.call('quarantine', {})).rejects.toThrow();
});

test('cancelling here cancels there', async () => {
  const started = Promise.withResolvers<undefined>();
  const library = new FakeLibrary({
    quarantine: (_args, { signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
        started.resolve(undefined);
      }),
  });
  await using both = await pair(library);
  const controller = new AbortController();
  const call = both.guest.call('quarantine', {}, { signal: controller.signal });
  await started.promise;
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: 'cancelled' });
});

test('a face that goes away cancels what it asked for', async () => {
  let aborted = false;
  const started = Promise.withResolvers<undefined>();
  const library = new FakeLibrary({
    quarantine: (_args, { signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason as Error);
        });
        started.resolve(undefined);
      }),
  });
  await using both = await pair(library);
  const call = both.guest.call('quarantine', {});
  call.catch(() => undefined);
  await started.promise;
  await both.guest.close();
  await until(() => aborted);
  await expect(call).rejects.toMatchObject({ code: 'in-use' });
  await until(() => library.listeners === 0);
});

test('progress and events come over', async () => {
  const progress = { phase: 'encode', title: 'm', doneBytes: 1, totalBytes: 2 };
  const library = new FakeLibrary({
    quarantine: (_args, { onProgress }) => {
      onProgress?.(progress);
      return Promise.resolve(noQuarantine);
    },
  });
  await using both = await pair(library);
  const told: unknown[] = [];
  const events: LibraryEvent[] = [];
  both.guest.onEvent((event) => events.push(event));
  await both.guest.call('quarantine', {}, { onProgress: (each) => told.push(each) });
  library.emit({ event: 'changed' });
  await until(() => events.length > 0);
  expect(told).toEqual([progress]);
  expect(events).toEqual([{ event: 'changed' }]);
});

test.each([
  ['no JSON', 'hello\n'],
  ['JSON that is no message', '[1,2,3]\n'],
  [
    'a call that does not exist',
    `${JSON.stringify({ t: 'q', i: '1', m: 'call', a: ['1', 'format', {}] })}\n`,
  ],
  ['a function that does not exist', `${JSON.stringify({ t: 'q', i: '1', m: 'constructor', a: [] })}\n`],
])('%s harms nobody', async (_name, text) => {
  const library = new FakeLibrary({ quarantine: () => Promise.resolve(noQuarantine) });
  await using both = await pair(library);
  const foe = connect(both.path);
  foe.on('error', () => undefined);
  foe.write(text);
  expect(await both.guest.call('quarantine', {})).toEqual(noQuarantine);
  foe.destroy();
  expect(library.calls.map(({ call }) => call)).toEqual(['quarantine']);
});

test('where nobody answers, that is said', async () => {
  await using scratch = await scratchFolder();
  await expect(connectTo(socketPath(scratch.path), scratch.path)).rejects.toMatchObject({ code: 'in-use' });
});

test('the socket of a dead service gives way', async () => {
  await using scratch = await scratchFolder();
  const path = join(scratch.path, 'service.sock');
  await writeFile(path, '');
  const stop = await listen(new FakeLibrary({ quarantine: () => Promise.resolve(noQuarantine) }), path);
  const guest = await connectTo(path, scratch.path);
  expect(await guest.call('quarantine', {})).toEqual(noQuarantine);
  await guest.close();
  await stop();
});

test('a long home gets a socket with a short name', () => {
  const home = `/${'long/'.repeat(40)}`;
  expect(Buffer.byteLength(socketPath(home, 'linux'))).toBeLessThanOrEqual(100);
  expect(socketPath(home, 'linux')).not.toBe(socketPath(`${home}x`, 'linux'));
  expect(socketPath(home, 'win32')).toMatch(/^\\\\\.\\pipe\\deltashelf-/u);
});

test('long work is begun over the socket and not waited for', async () => {
  const library = new FakeLibrary({ verify: () => Promise.resolve(5) });
  await using both = await pair(library);
  expect(await both.guest.begin('verify', { all: true })).toBe(5);
  expect(library.begun).toEqual([{ call: 'verify', args: { all: true } }]);
  await expect(both.guest.begin('scan', {})).rejects.toMatchObject({ code: 'usage' });
});
