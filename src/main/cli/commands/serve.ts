import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addJsonOption, append, wholeNumber } from '../options.ts';
import { visibleJson } from '../visible.ts';
import { writer } from '../version.ts';

interface ServeOptions {
  readonly home?: string;
  readonly threads?: number;
  readonly port?: number;
  readonly root: readonly string[];
  readonly open: boolean;
  readonly json?: boolean;
}

/** `serve`: the window, in a browser. */
export function addServe(program: Command, context: CliContext): void {
  const command = program
    .command('serve')
    .summary('the window, in a browser, until Ctrl+C')
    .description(
      'Show the library in a browser on this machine, until Ctrl+C. Prints the address of the page; whoever has it can ' +
        'do all that you can do here, so keep it to yourself.',
    )
    .option('--port <n>', 'port to listen on; default: one that is free', wholeNumber(1, 65_535))
    .option(
      '--root <folder>',
      'folder that the page may choose folders in; may be given several times; default: your own',
      append,
      [],
    )
    .option('--no-open', 'do not open the browser')
    .option('--threads <n>', 'threads that code; default: all cores', wholeNumber(1, 256))
    .option('--home <folder>', 'where catalogue and vault are; default: the data folder of this system');
  addJsonOption(command).action(async (options: ServeOptions) => {
    const { terminal, signal, sampleLibrary: sample } = context;
    const { home, threads, port, root: roots, open, json = false } = options;
    await context.serve({
      roots,
      open,
      writer,
      sample,
      signal,
      ...(home !== undefined && { home }),
      ...(threads !== undefined && { threads }),
      ...(port !== undefined && { port }),
      onAddress: (address) => {
        terminal.out(`${json ? visibleJson({ address }) : address}\n`);
        if (!json) terminal.err('That is where the page is. Ctrl+C ends it.\n');
      },
    });
  });
}
