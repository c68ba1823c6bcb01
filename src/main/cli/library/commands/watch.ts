import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { visible, visibleJson } from '../../visible.ts';
import { addLibraryOptions, type LibraryOptions } from '../options.ts';

/** `watch`: keeps looking until it is cancelled. */
export function addWatch(program: Command, context: CliContext): void {
  addLibraryOptions(
    program
      .command('watch')
      .summary('keep looking, until Ctrl+C')
      .description(
        'Keep looking at the watched folders until Ctrl+C. With the setting autoCompress on, a fine-tune that lands in ' +
          'one of them is compressed and verified by itself once it has settled.',
      ),
  ).action(async (options: LibraryOptions) => {
    const { terminal, signal } = context;
    const { home, json = false, threads } = options;
    const library = await context.openLibrary({
      ...(home !== undefined && { home }),
      ...(threads && { threads }),
      watching: true,
    });
    const tell = (sentence: string): void => {
      if (!json && options.quiet !== true) terminal.out(`${visible(sentence)}\n`);
    };
    const stop = library.onEvent((event) => {
      if (json) terminal.out(`${visibleJson(event)}\n`);
      else if (event.event === 'alarm') terminal.err(`Warning: ${visible(event.sentence)}\n`);
      else if (event.event === 'job' && event.job.endedAt !== null) {
        tell(`${event.job.title}: ${event.job.sentence ?? event.job.state}`);
      }
    });
    try {
      tell('Watching. Ctrl+C ends it.');
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    } finally {
      stop();
      await library.close();
    }
  });
}
