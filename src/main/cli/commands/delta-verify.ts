import type { Command } from 'commander';
import { formatBytes, type VerifyDeltaResult } from '../../../shared/index.ts';
import type { CliContext } from '../context.ts';
import { addJobOptions, addParentOptions, type JobOptions, type ParentOptions } from '../options.ts';
import { runJob } from '../run-job.ts';
import { describeLossy } from '../describe-lossy.ts';
import { throughput } from '../throughput.ts';
import { visibleName } from '../visible.ts';

interface VerifyOptions extends JobOptions, ParentOptions {}

export function addDeltaVerify(parent: Command, context: CliContext): void {
  const command = parent
    .command('verify')
    .summary('prove that a delta gives its model back')
    .description(
      'Decode a delta from disk against its base as it is now, and compare every byte. Writes nothing.',
    )
    .argument('<file>', 'the delta file');
  addParentOptions(command, 'what the delta was made against');
  addJobOptions(command).addHelpText(
    'after',
    `
Without --base, what lies beside the delta and has the right content is taken.

Example:
  deltashelf delta verify my-finetune.dshelf --base llama-base`,
  );
  command.action((file: string, options: VerifyOptions) =>
    runJob(
      context,
      options,
      (deltas, control) =>
        deltas.verifyDelta({ file, bases: options.base, basesOf: options.baseOf }, control),
      describe,
    ),
  );
}

function describe({ file, files, bytes, storedBytes, lossy, seconds }: VerifyDeltaResult): string {
  const what = files === 1 ? '1 file' : `${files} files`;
  return (
    `${visibleName(file)} verified: ${what}, ${formatBytes(bytes)}, decoded from ${formatBytes(storedBytes)} ` +
    `and ${lossy ? 'as the delta says' : 'identical'}; ${throughput(bytes, seconds)}\n` +
    (lossy ? `${describeLossy(lossy)}\n` : '')
  );
}
