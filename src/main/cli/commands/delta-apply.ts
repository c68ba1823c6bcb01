import type { Command } from 'commander';
import { formatBytes, type ApplyDeltaResult } from '../../../shared/index.ts';
import type { CliContext } from '../context.ts';
import { addJobOptions, addParentOptions, type JobOptions, type ParentOptions } from '../options.ts';
import { runJob } from '../run-job.ts';
import { describeLossy } from '../describe-lossy.ts';
import { throughput } from '../throughput.ts';
import { visibleName } from '../visible.ts';

interface ApplyOptions extends JobOptions, ParentOptions {
  readonly output: string;
  readonly salvage?: boolean;
}

export function addDeltaApply(parent: Command, context: CliContext): void {
  const command = parent
    .command('apply')
    .summary('write the model of a delta back')
    .description(
      'Write the model of a delta back, byte for byte. It appears whole or not at all; nothing is overwritten.',
    )
    .argument('<file>', 'the delta file, or a .wdelta of deltatensors')
    .requiredOption(
      '-o, --output <folder>',
      'the folder to write; a model that was one file is put into it under its own name',
    )
    .option('--salvage', 'take a file of which the head, the footer or one index is damaged');
  addParentOptions(command, 'what the delta was made against');
  addJobOptions(command).addHelpText(
    'after',
    `
Without --base, what lies beside the delta and has the right content is taken. A .wdelta needs --base; its model comes
out in float32, as a safetensors file.

Examples:
  deltashelf delta apply my-finetune.dshelf --base llama-base -o my-finetune
  deltashelf delta apply ft.dshelf --base base/model.safetensors -o restored`,
  );
  command.action((file: string, options: ApplyOptions) =>
    runJob(
      context,
      options,
      (deltas, control) => {
        const { base: bases, baseOf: basesOf, output, salvage = false } = options;
        return deltas.applyDelta({ file, bases, basesOf, output, salvage }, control);
      },
      describe,
    ),
  );
}

function describe({ output, files, bytes, lossy, seconds }: ApplyDeltaResult): string {
  const what = files === 1 ? '1 file' : `${files} files`;
  const same = lossy ? 'as the delta says' : 'identical';
  const label = lossy ? `${describeLossy(lossy)}\n` : '';
  return `${visibleName(output)}\n${what}, ${formatBytes(bytes)}, ${same}; ${throughput(bytes, seconds)}\n${label}`;
}
