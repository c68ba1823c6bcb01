import type { Command } from 'commander';
import { formatBytes, formatRatio, type ImportWdeltaResult } from '../../../shared/index.ts';
import type { CliContext } from '../context.ts';
import { addJobOptions, addParentOptions, type JobOptions, type ParentOptions } from '../options.ts';
import { runJob } from '../run-job.ts';
import { throughput } from '../throughput.ts';
import { visibleName } from '../visible.ts';

interface ImportOptions extends JobOptions, ParentOptions {
  readonly output: string;
}

export function addDeltaImport(parent: Command, context: CliContext): void {
  const command = parent
    .command('import')
    .summary('turn a .wdelta of deltatensors into a delta file')
    .description(
      'Store the model that a .wdelta file of deltatensors makes of its base, in float32 and bit for bit, as a delta ' +
        'file against that base. What the .wdelta lost stays lost.',
    )
    .argument('<file>', 'the .wdelta file')
    .requiredOption('-o, --output <file>', 'the delta file');
  addParentOptions(
    command,
    'the model it was made against, then the earlier .wdelta of a chain, the earliest first',
  );
  addJobOptions(command).addHelpText(
    'after',
    `
Examples:
  deltashelf delta import ft.wdelta --base llama-base -o ft.dshelf
  deltashelf delta import second.wdelta --base llama-base --base first.wdelta -o second.dshelf`,
  );
  command.action((file: string, options: ImportOptions) =>
    runJob(
      context,
      options,
      (deltas, control) => {
        const { base: bases, baseOf: basesOf, output } = options;
        return deltas.importWdelta({ file, bases, basesOf, output }, control);
      },
      describe,
    ),
  );
}

function describe({
  output,
  model,
  originalBytes,
  storedBytes,
  ratio,
  parentRule,
  seconds,
}: ImportWdeltaResult): string {
  const gain = ratio < 1 ? `${formatRatio(ratio)} smaller` : 'not smaller';
  return (
    `${visibleName(output)}\n` +
    `${visibleName(model)}, ${formatBytes(originalBytes)} in float32, stored in ${formatBytes(storedBytes)}, ${gain}; ` +
    `${throughput(originalBytes, seconds)}\n` +
    `base recognised by ${parentRule}\n`
  );
}
