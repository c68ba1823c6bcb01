import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { LaunchedApp } from './launched-app.ts';
import type { Answered, Asked } from './stand-in/answer-test.ts';

/** `Omit` takes a union for one type. */
type Unnumbered<Type> = Type extends unknown ? Omit<Type, 'id'> : never;

/**
 * Starts a built app with the stand-in for Electron, in a process of its own.
 * @param script its main script
 * @param userData its folder for windows and storage
 * @param network file for each way out of the machine that is tried
 */
export async function launchStandIn(
  script: string,
  args: readonly string[],
  { userData, network = '' }: { readonly userData: string; readonly network?: string },
): Promise<LaunchedApp> {
  const browser = inject('browser');
  if ('missing' in browser) throw new Error(browser.missing);
  const child = fork(join(import.meta.dirname, 'stand-in/main.ts'), [script, ...args], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    serialization: 'advanced',
    execArgv: [],
    env: {
      ...process.env,
      STAND_IN_BROWSER: JSON.stringify(browser.launch),
      STAND_IN_USER_DATA: userData,
      STAND_IN_NETWORK: network,
      NODE_OPTIONS: '',
    },
  });
  let errors = '';
  child.stderr?.on('data', (text) => (errors += String(text)));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const ask = asker(child, exited, () => errors);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    evaluate: (work: (...parts: never[]) => unknown, arg?: unknown) =>
      ask({ kind: 'main', text: work.toString(), arg }) as Promise<never>,
    page: {
      evaluate: (work: (arg: never) => unknown, arg?: unknown) =>
        ask({ kind: 'page', text: work.toString(), arg }) as Promise<never>,
      setInputFiles: async (selector, paths) => {
        await ask({ kind: 'files', selector, paths });
      },
    },
    exited,
    errors: () => errors,
    kill,
  };
}

function asker(
  child: ChildProcess,
  exited: Promise<unknown>,
  errors: () => string,
): (asked: Unnumbered<Asked>) => Promise<unknown> {
  let last = 0;
  const waiting = new Map<number, (answered: Answered) => void>();
  child.on('message', (message) => {
    const answered = message as Answered;
    waiting.get(answered.id)?.(answered);
  });
  return async (asked) => {
    const id = (last += 1);
    const answer = new Promise<Answered>((resolve) => waiting.set(id, resolve));
    child.send({ id, ...asked });
    const answered = await Promise.race([answer, exited]);
    if (typeof answered !== 'object' || answered === null) throw new Error(`The app has ended. ${errors()}`);
    const { result, error } = answered as { result?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return result;
  };
}
