import { Option, type Command } from 'commander';
import { DeltashelfError, formatBytes, formatRatio, type CreateDeltaResult } from '../../../shared/index.ts';
import { levels, type Level } from '../../service/index.ts';
import type { CliContext } from '../context.ts';
import { addJobOptions, addParentOptions, type JobOptions, type ParentOptions } from '../options.ts';
import { runJob } from '../run-job.ts';
import { describeLossy } from '../describe-lossy.ts';
import { throughput } from '../throughput.ts';
import { visibleName } from '../visible.ts';

interface CreateOptions extends JobOptions, ParentOptions {
  readonly output?: string;
  readonly level: Level;
  readonly codec?: string;
  readonly withResidual?: string;
}

export function addDeltaCreate(parent: Command, context: CliContext): void {
  const command = parent
    .command('create')
    .summary('store a model as a delta against its base')
    .description('Store a model as a delta against its base. The model and its bases are only read.')
    .argument('<child>', 'folder or file of the model')
    .option('-o, --output <file>', 'the delta file; default: <child>.dshelf beside the child')
    .option(
      '--codec <codec>',
      'approximate matrices by a codec, as in rd:bits=2; without it every byte comes back',
    )
    .option('--with-residual <file>', 'a second delta file that makes the approximation exact')
    .addOption(new Option('--level <level>', 'effort').choices(levels).default('fast'));
  addParentOptions(command, 'what the model was made from');
  addJobOptions(command).addHelpText(
    'after',
    `
Without --base the model is stored alone.

Examples:
  deltashelf delta create my-finetune --base llama-base
  deltashelf delta create ft/model.safetensors --base base/model.safetensors -o ft.dshelf --json
  deltashelf delta create my-finetune --base llama-base --codec rd:bits=1 --with-residual exact.dshelf
  deltashelf delta create second-generation --base my-finetune.dshelf --base-of my-finetune.dshelf=llama-base`,
  );
  command.action((child: string, options: CreateOptions) =>
    runJob(
      context,
      options,
      (deltas, control) => {
        const { base: bases, baseOf: basesOf, output, level, codec, withResidual } = options;
        if (withResidual !== undefined && codec === undefined) throw residualOfNothing();
        const approximation = {
          ...(codec !== undefined && { codec }),
          ...(withResidual !== undefined && { residual: withResidual }),
        };
        const request = { child, bases, basesOf, level, ...approximation, ...(output && { output }) };
        return deltas.createDelta(request, control);
      },
      describe,
    ),
  );
}

function residualOfNothing(): DeltashelfError {
  return new DeltashelfError(
    'usage',
    '--with-residual makes an approximation exact, and none is asked for. Add --codec. Nothing was written.',
  );
}

function describe({
  output,
  originalBytes,
  storedBytes,
  ratio,
  seconds,
  tensors,
  lossy,
  residual,
}: CreateDeltaResult): string {
  const gain = ratio < 1 ? `${formatRatio(ratio)} smaller` : 'not smaller';
  return (
    `${visibleName(output)}\n` +
    `${formatBytes(originalBytes)} stored in ${formatBytes(storedBytes)}, ${gain}; ${throughput(originalBytes, seconds)}\n` +
    `${tensors.total} tensors: ${tensors.unchanged} unchanged, ${tensors.predicted} predicted, ` +
    `${tensors.alone} stored alone\n` +
    (lossy ? `${describeLossy(lossy)}; ${lossy.bitsPerWeight.toFixed(2)} bits per weight\n` : '') +
    (residual ? `${visibleName(residual.output)}\n${formatBytes(residual.storedBytes)} make it exact\n` : '')
  );
}
