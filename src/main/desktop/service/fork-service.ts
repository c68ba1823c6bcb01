import { createBirpc } from 'birpc';
import { utilityProcess } from 'electron';
import { fileURLToPath } from 'node:url';
import type { ServiceFunctions, ShellFunctions } from './functions.ts';
import type { ServiceProcess } from './service-keeper.ts';

/** Starts the service in a process of its own, so that the window answers whatever the service is at. */
export function forkService(shell: ShellFunctions): ServiceProcess {
  const child = utilityProcess.fork(fileURLToPath(new URL('./service-process.js', import.meta.url)), [], {
    serviceName: 'Deltashelf library',
  });
  const functions = createBirpc<ServiceFunctions, ShellFunctions>(shell, {
    post: (message: unknown) => child.postMessage(message),
    on: (receive) => void child.on('message', receive),
    // Long work has no time limit: the end of the process is what ends waiting.
    timeout: -1,
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      functions.$close();
      resolve();
    });
  });
  return { functions, ended, kill: () => void child.kill() };
}
