import { _electron, type Page } from 'playwright';
import type { launchStandIn } from './launch-stand-in.ts';
import type { AppPage, LaunchedApp } from './launched-app.ts';

/** Starts a built app on Electron itself. */
export function launchElectron(program: string): typeof launchStandIn {
  return async (script, args) => {
    const app = await _electron.launch({
      executablePath: program,
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), script, ...args],
    });
    const child = app.process();
    let errors = '';
    child.stderr?.on('data', (text) => (errors += String(text)));
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const page = (): Promise<Page> => app.firstWindow();
    return {
      evaluate: ((work: never, arg: never) => app.evaluate(work, arg)) as LaunchedApp['evaluate'],
      page: {
        evaluate: (async (work: never, arg: never) =>
          (await page()).evaluate(work, arg)) as AppPage['evaluate'],
        setInputFiles: async (selector, paths) => (await page()).setInputFiles(selector, paths),
      },
      exited,
      errors: () => errors,
      kill: async () => {
        child.kill('SIGKILL');
        await exited;
      },
    };
  };
}
