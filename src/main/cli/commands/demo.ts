import type { Command } from 'commander';
import { DeltashelfError, formatBytes, formatRatio, type DemoResult } from '../../../shared/index.ts';
import { formatTable } from '../../bench/index.ts';
import { Deltas } from '../../service/index.ts';
import type { CliContext } from '../context.ts';
import { runDemo } from '../demo/run-demo.ts';
import { addJobOptions, type JobOptions } from '../options.ts';
import { writer } from '../version.ts';
import { visibleJson } from '../visible.ts';

export function addDemo(program: Command, context: CliContext): void {
  const command = program
    .command('demo')
    .summary('store, delete and reconstruct a small family of models')
    .description(
      'On a temporary copy of the sample library: store every child as a delta against its parent, delete the ' +
        'copies of the children, reconstruct them, and compare the SHA-256 of every file.',
    );
  addJobOptions(command).action(async (options: JobOptions) => {
    const { terminal, fs, signal, sampleLibrary } = context;
    const { threads, quiet = false, json = false } = options;
    const runtime = await context.loadRuntime();
    const deltas = new Deltas({ fs, runtime, writer, ...(threads !== undefined && { threads }) });
    const tell = (sentence: string): void => {
      if (!quiet && !json) terminal.err(`${sentence}\n`);
    };
    try {
      const result = await runDemo(deltas, sampleLibrary, { signal }, tell);
      if (!result.identical) {
        terminal.err(describe(result));
        throw different(result);
      }
      if (json) terminal.out(`${visibleJson(result)}\n`);
      else if (!quiet) terminal.out(`\n${describe(result)}`);
    } finally {
      await deltas.close();
    }
  });
}

function describe({ models, identical, seconds }: DemoResult): string {
  const table = formatTable(
    [
      { title: 'model' },
      { title: 'parent' },
      { title: 'original bytes', align: 'right' },
      { title: 'stored bytes', align: 'right' },
      { title: 'smaller', align: 'right' },
      { title: 'create MB/s', align: 'right' },
      { title: 'apply MB/s', align: 'right' },
      { title: 'verdict' },
    ],
    models.map((row) => [
      row.model,
      row.parent ?? '(none)',
      String(row.originalBytes),
      String(row.storedBytes),
      formatRatio(row.ratio),
      row.createMBps.toFixed(1),
      row.applyMBps.toFixed(1),
      row.identical ? 'identical' : 'DIFFERENT',
    ]),
  );
  const original = models.reduce((sum, { originalBytes }) => sum + originalBytes, 0);
  const stored = models.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
  const verdict = identical ? 'Every file of every model came back identical' : 'NOT every model came back';
  return (
    `${table}\n${models.length} models, ${formatBytes(original)} stored in ${formatBytes(stored)}, ` +
    `${formatRatio(stored / original)} smaller. ${verdict} (SHA-256), in ${seconds.toFixed(1)} s.\n` +
    'Speeds include opening, hashing and flushing, which take most of the time for models this small.\n'
  );
}

function different({ models }: DemoResult): DeltashelfError {
  const names = models.filter(({ identical }) => !identical).map(({ model }) => model);
  return new DeltashelfError(
    'internal',
    `Not identical after reconstruction: ${names.join(', ')}. Only temporary copies were touched. Test this ` +
      "machine's memory, and report this if it happens again.",
  );
}
