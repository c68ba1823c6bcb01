// A window outlives the process that runs the service: what it asks is answered by whoever runs it then.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeFileSystem } from '../../../src/main/library/index.ts';
import { openLastingLibrary } from '../../../src/main/service/index.ts';
import type { LibraryEvent } from '../../../src/shared/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { runtime } from '../../library/deltas/tools.ts';
import { openHome } from './opened.ts';

/** A process that has the service of a home already, and a window that is opened then. */
async function opened() {
  const scratch = await scratchFolder();
  const home = join(scratch.path, 'home');
  const owner = await openHome(home);
  const window = await openLastingLibrary({
    fs: nodeFileSystem,
    loadRuntime: () => Promise.resolve(runtime),
    writer: 'test',
    threads: 1,
    home,
  });
  const events: LibraryEvent[] = [];
  window.onEvent((event) => events.push(event));
  let ended: Promise<void> | undefined;
  const endOwner = (): Promise<void> => (ended ??= owner.close());
  return {
    home,
    owner,
    endOwner,
    window,
    events,
    [Symbol.asyncDispose]: async () => {
      await window.close();
      await endOwner();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

/** Waits until the window has noticed that the other process is gone. */
async function takenOver(events: readonly LibraryEvent[]): Promise<void> {
  while (!events.some(({ event }) => event === 'changed'))
    await new Promise((resolve) => setImmediate(resolve));
}

test('the one that has the service ends, and the window takes it over', async () => {
  await using both = await opened();
  const { owner, window, home, events } = both;
  await owner.call('settings', { set: { autoCompress: true } });
  expect((await window.call('settings', {})).settings['autoCompress']).toBe(true);
  events.length = 0;
  await both.endOwner();
  await takenOver(events);
  expect((await window.call('settings', {})).settings['autoCompress']).toBe(true);
  // It is the one now: a third finds it.
  const third = await openHome(home);
  expect(third.ended).toBeDefined();
  await third.close();
});

test('what the other one tells is heard, before and after', async () => {
  await using both = await opened();
  const { owner, window, events } = both;
  await owner.call('scan', {});
  await takenOver(events);
  events.length = 0;
  await both.endOwner();
  await takenOver(events);
  events.length = 0;
  await window.call('scan', {});
  expect(events).toContainEqual({ event: 'changed' });
});

test('a call that was under way fails in words, and can be made again', async () => {
  await using both = await opened();
  const { window } = both;
  const calls = Array.from({ length: 20 }, () => window.call('overview', {}));
  const ends = both.endOwner();
  for (const result of await Promise.allSettled(calls)) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'in-use' });
  }
  await ends;
  await takenOver(both.events);
  await window.call('overview', {});
});

test('a window that is closed takes over nothing', async () => {
  await using both = await opened();
  const { window, home } = both;
  await window.close();
  await both.endOwner();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const next = await openHome(home);
  expect(next.ended).toBeUndefined();
  await next.close();
});
