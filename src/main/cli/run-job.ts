import type { Warning } from '../../shared/index.ts';
import { Deltas, type JobControl } from '../service/index.ts';
import type { CliContext } from './context.ts';
import type { JobOptions } from './options.ts';
import { ProgressBar } from './progress-bar.ts';
import { visible, visibleJson } from './visible.ts';
import { writer } from './version.ts';

/** Runs one call of the service with a progress bar, and prints what came of it. */
export async function runJob<Result extends { readonly warnings: readonly Warning[] }>(
  context: CliContext,
  options: JobOptions,
  work: (deltas: Deltas, control: JobControl) => Promise<Result>,
  describe: (result: Result) => string,
): Promise<void> {
  const { terminal, fs, signal } = context;
  const { threads, quiet = false, json = false } = options;
  const runtime = await context.loadRuntime();
  const deltas = new Deltas({ fs, runtime, writer, ...(threads !== undefined && { threads }) });
  const bar = new ProgressBar(terminal, !quiet);
  try {
    const result = await work(deltas, { signal, onProgress: bar.update });
    bar.end();
    printWarnings(context, result.warnings);
    if (json) terminal.out(`${visibleJson(result)}\n`);
    else if (!quiet) terminal.out(describe(result));
  } finally {
    bar.end();
    await deltas.close();
  }
}

/** Warnings stop nothing and are always told. */
export function printWarnings({ terminal }: CliContext, warnings: readonly Warning[]): void {
  for (const { sentence } of warnings) terminal.err(`Warning: ${visible(sentence)}\n`);
}
