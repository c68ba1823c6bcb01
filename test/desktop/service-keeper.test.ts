// The service is started again when it dies, ever later, and not for ever; nobody who asked is left waiting.
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Answer, ServiceFunctions, ShellFunctions } from '../../src/main/desktop/service/functions.ts';
import { ServiceKeeper } from '../../src/main/desktop/service/service-keeper.ts';
import type { WindowEvent } from '../../src/shared/window/index.ts';

const opens: Answer<null> = { result: null };

/** A keeper with processes that do as they are told, and a clock that is set by hand. */
function kept(open: (start: number) => Promise<Answer<null>> = () => Promise.resolve(opens)) {
  const waits: number[] = [];
  const log: string[] = [];
  const events: WindowEvent[] = [];
  const processes: { die: () => void; shell: ShellFunctions }[] = [];
  let time = 0;
  const keeper = new ServiceKeeper({
    home: '/home/x',
    now: () => time,
    wait: (milliseconds) => {
      waits.push(milliseconds);
      return turn();
    },
    start: (shell) => {
      const { promise: ended, resolve } = Promise.withResolvers<undefined>();
      const die = (): void => resolve(undefined);
      const start = processes.length;
      processes.push({ die, shell });
      log.push(`start ${start}`);
      const functions: ServiceFunctions = {
        open: () => open(start),
        answer: (name) =>
          name === 'scan' ? new Promise(() => undefined) : Promise.resolve({ result: start }),
        chosen: (path) => Promise.resolve({ result: { place: 'one', path } }),
        pathOf: () => Promise.resolve({ result: '/path' }),
        close: () => {
          log.push(`close ${start}`);
          return Promise.resolve();
        },
      };
      return {
        functions,
        ended,
        kill: () => {
          log.push(`kill ${start}`);
          die();
        },
      };
    },
  });
  keeper.onEvent((event) => events.push(event));
  const settle = async (): Promise<void> => {
    for (let at = 0; at < 20; at += 1) await turn();
  };
  const die = async (at = processes.length - 1): Promise<void> => {
    processes[at]?.die();
    await settle();
  };
  return { keeper, waits, log, events, processes, settle, die, pass: (ms: number) => (time += ms) };
}

const states = (events: readonly WindowEvent[]) =>
  events.flatMap((event) => (event.event === 'service' ? [event.state] : []));

test('a call is answered, and an event passed on', async () => {
  const { keeper, events, processes } = kept();
  expect(await keeper.opened()).toEqual(opens);
  expect(await keeper.answer('list', {})).toEqual({ result: 0 });
  expect(await keeper.chosen('/a')).toEqual({ result: { place: 'one', path: '/a' } });
  expect(await keeper.pathOf({ job: 1 })).toEqual({ result: '/path' });
  processes[0]?.shell.event({ event: 'changed' });
  expect(events).toEqual([{ event: 'changed' }]);
});

test('a dead service is started again, said once, and asked from then on', async () => {
  const { keeper, events, waits, die } = kept();
  const unanswered = keeper.answer('scan', {});
  await keeper.opened();
  await die();
  expect(await unanswered).toMatchObject({ error: { code: 'internal' } });
  expect(await keeper.answer('list', {})).toEqual({ result: 1 });
  expect(waits).toEqual([200]);
  expect(states(events)).toEqual(['restarted']);
});

test('what is asked between two processes waits for the next one', async () => {
  const { keeper, processes } = kept();
  await keeper.opened();
  processes[0]?.die();
  await turn();
  expect(await keeper.answer('list', {})).toEqual({ result: 1 });
});

test('each start comes later, and after the last one it is given up', async () => {
  const { keeper, events, waits, log, die } = kept();
  for (let at = 0; at < 6; at += 1) await die();
  expect(waits).toEqual([200, 1_000, 5_000, 15_000]);
  expect(log).toEqual(['start 0', 'start 1', 'start 2', 'start 3', 'start 4']);
  expect(states(events)).toEqual(['restarted', 'restarted', 'restarted', 'restarted', 'gone']);
  expect(await keeper.answer('list', {})).toMatchObject({ error: { code: 'internal' } });
});

test('a process that lived long has earned all starts anew', async () => {
  const { waits, die, pass } = kept();
  await die();
  await die();
  pass(61_000);
  await die();
  expect(waits).toEqual([200, 1_000, 200]);
});

test('a library that cannot be opened is a failure for all that is asked', async () => {
  const failure: Answer<null> = { error: { code: 'catalogue-newer', sentence: 'Too new.', place: {} } };
  const { keeper } = kept(() => Promise.resolve(failure));
  expect(await keeper.opened()).toEqual(failure);
  expect(await keeper.answer('list', {})).toEqual(failure);
});

test('a process that dies while it opens does not count as an answer', async () => {
  const { keeper, die } = kept((start) =>
    start === 0 ? new Promise(() => undefined) : Promise.resolve(opens),
  );
  await die();
  expect(await keeper.opened()).toEqual(opens);
});

test('one that never opens is given up in the end', async () => {
  const { keeper, events, die } = kept(() => new Promise(() => undefined));
  for (let at = 0; at < 5; at += 1) await die();
  expect(await keeper.opened()).toMatchObject({ error: { code: 'internal' } });
  expect(states(events)).toEqual(['gone']);
});

test('closing lets the service rest, ends it, and starts none', async () => {
  const { keeper, log, waits, events, settle } = kept();
  await keeper.opened();
  await keeper.close();
  await settle();
  expect(log).toEqual(['start 0', 'close 0', 'kill 0']);
  expect(waits.filter((wait) => wait < 1_000)).toEqual([]);
  expect(events).toEqual([]);
});
