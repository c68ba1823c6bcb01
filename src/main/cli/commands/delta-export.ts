import { Option, type Command } from 'commander';
import { formatBytes, formatRatio, type ExportWdeltaResult } from '../../../shared/index.ts';
import { strategies, type Strategy } from '../../service/index.ts';
import type { CliContext } from '../context.ts';
import { addJobOptions, addParentOptions, share, type JobOptions, type ParentOptions } from '../options.ts';
import { runJob } from '../run-job.ts';
import { throughput } from '../throughput.ts';
import { visibleName } from '../visible.ts';

interface ExportOptions extends JobOptions, ParentOptions {
  readonly output: string;
  readonly strategy: Strategy;
  readonly sparsity?: number;
  readonly outlierFraction?: number;
}

export function addDeltaExport(parent: Command, context: CliContext): void {
  const command = parent
    .command('export')
    .summary('write a model as a .wdelta for deltatensors')
    .description(
      'Write a model as a .wdelta file (version 1) for deltatensors. Each of its strategies loses something; how much is ' +
        'measured and told. The model and its base are only read.',
    )
    .argument('<child>', 'folder or file of the model, or its delta file')
    .addOption(
      new Option('--strategy <strategy>', 'how the change is kept').choices(strategies).makeOptionMandatory(),
    )
    .requiredOption('-o, --output <file>', 'the .wdelta file')
    .option('--sparsity <share>', 'of sparse: share of the changes that is dropped; default 0.9', share)
    .option(
      '--outlier-fraction <share>',
      'of int4: share of the changes that is kept in float16; default 0.01',
      share,
    );
  addParentOptions(command, 'what the model was made from, then the .wdelta of a chain, the earliest first');
  addJobOptions(command).addHelpText(
    'after',
    `
Examples:
  deltashelf delta export my-finetune --base llama-base --strategy int4 -o ft.wdelta
  deltashelf delta export ft.dshelf --base llama-base --strategy sparse --sparsity 0.95 -o ft.wdelta`,
  );
  command.action((child: string, options: ExportOptions) =>
    runJob(
      context,
      options,
      (deltas, control) => {
        const { base: bases, baseOf: basesOf, output, strategy, sparsity, outlierFraction } = options;
        return deltas.exportWdelta(
          {
            ...{ child, bases, basesOf, output, strategy },
            ...(sparsity !== undefined && { sparsity }),
            ...(outlierFraction !== undefined && { outlierFraction }),
          },
          control,
        );
      },
      describe,
    ),
  );
}

function describe(result: ExportWdeltaResult): string {
  const { output, strategy, originalBytes, storedBytes, ratio, bitsPerWeight, relativeError, seconds } =
    result;
  const gain = ratio < 1 ? `${formatRatio(ratio)} smaller` : 'not smaller';
  return (
    `${visibleName(output)}\n` +
    `${formatBytes(originalBytes)} as ${strategy} in ${formatBytes(storedBytes)}, ${gain}, ` +
    `${bitsPerWeight.toFixed(2)} bits per weight; ${throughput(originalBytes, seconds)}\n` +
    `lossy: squared error ${(relativeError * 100).toPrecision(2)} % of the change\n`
  );
}
