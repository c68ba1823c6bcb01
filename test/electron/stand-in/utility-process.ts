import type { ForkOptions, UtilityProcess as RealProcess, utilityProcess as realFork } from 'electron';
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { like } from './like.ts';

const bootstrap = fileURLToPath(new URL('./utility-bootstrap.ts', import.meta.url));

/** A process with a port to main: here one of Node. */
class UtilityProcess extends EventEmitter implements Pick<RealProcess, 'pid' | 'kill' | 'postMessage'> {
  readonly name: string;
  readonly #child: ChildProcess;

  constructor(path: string, args: readonly string[], { execArgv = [], serviceName = '' }: ForkOptions = {}) {
    super();
    this.name = serviceName;
    // As its own program: what main was started with is not the service's.
    this.#child = fork(bootstrap, [path, ...args], { execArgv, serialization: 'advanced' });
    this.#child.on('spawn', () => this.emit('spawn'));
    this.#child.on('message', (message) => this.emit('message', message));
    this.#child.on('exit', (code) => this.emit('exit', code ?? 1));
  }

  get pid(): number | undefined {
    return this.#child.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined;
  }

  kill(): boolean {
    return this.#child.kill();
  }

  postMessage(message: unknown): void {
    if (this.#child.connected) this.#child.send(message as object, () => undefined);
  }
}

/** Those that were started, the newest last. */
export const standInProcesses: UtilityProcess[] = [];

export const utilityProcess = like<typeof realFork>()({
  fork: (path: string, args: string[] = [], options?: ForkOptions) => {
    const started = new UtilityProcess(path, args, options);
    standInProcesses.push(started);
    return started as unknown as RealProcess;
  },
});
