import { createBirpc } from 'birpc';
import { utilityProcess } from 'electron';
import { fileURLToPath } from 'node:url';
import type { ServiceFunctions, ShellFunctions } from './functions.ts';
import type { ServiceProcess } from './service-keeper.ts';

// Worker threads and native parts cannot be read from an archive: in a packaged app all that the service consists of lies
// beside it, and from there it finds the rest.
const script = fileURLToPath(new URL('./service-process.js', import.meta.url)).replace(
  /([\\/]app\.asar)(?=[\\/])/u,
  '$1.unpacked',
);

/** Starts the service in a process of its own, so that the window answers whatever the service is at. */
export function forkService(shell: ShellFunctions): ServiceProcess {
  const child = utilityProcess.fork(script, [], { serviceName: 'Deltashelf library' });
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
