import { Option, type Command } from 'commander';
import { formatBytes, type CompressResult, type VerifyAllResult } from '../../../../shared/index.ts';
import { formatTable } from '../../../bench/index.ts';
import { levels, type Level } from '../../../service/index.ts';
import type { CliContext } from '../../context.ts';
import { throughput } from '../../throughput.ts';
import { addLibraryOptions, addSelection, type LibraryOptions, type SelectionOptions } from '../options.ts';
import { incompleteIf, runCall } from '../run-call.ts';
import { counted } from '../words.ts';
import { describePlan } from './describe-plan.ts';

interface CompressOptions extends SelectionOptions {
  readonly level: Level;
  readonly asYouGo?: boolean;
}

/** `plan`, `compress`, `verify`. */
export function addCompressCommands(program: Command, context: CliContext): void {
  addLibraryOptions(
    program
      .command('plan')
      .summary('what would be saved')
      .description('Which models to store against which, so that all together take least. Changes nothing.')
      .argument('[models...]'),
  ).action((models: string[], options: LibraryOptions) =>
    runCall(context, options, 'plan', { models }, { describe: describePlan }),
  );
  addSelection(
    program
      .command('compress')
      .summary('store models as deltas, and verify them')
      .description(
        'Store models as deltas as the plan says, and verify each. The originals stay until you reclaim them.',
      ),
    'models that the plan says to compress',
  )
    .addOption(new Option('--level <level>', 'effort').choices(levels).default('fast'))
    .option(
      '--as-you-go',
      'compress, verify and delete the original for good, one model after the other: for a full disk',
    )
    .action((models: string[], { all = false, level, asYouGo = false, ...options }: CompressOptions) =>
      runCall(
        context,
        options,
        'compress',
        { models, all, level, asYouGo },
        { describe: describeCompress, endsWith: (result) => incompleteIf(result.models) },
      ),
    );
  addSelection(
    program
      .command('verify')
      .summary('prove that stored models come back')
      .description('Decode deltas from disk against their bases and compare every byte. Writes no model.'),
    'stored models',
  ).action((models: string[], { all = false, ...options }: SelectionOptions) =>
    runCall(
      context,
      options,
      'verify',
      { models, all },
      { describe: describeVerify, endsWith: (result) => incompleteIf(result.models) },
    ),
  );
}

function describeCompress({ models, originalBytes, storedBytes, seconds }: CompressResult): string {
  if (models.length === 0) return 'Nothing to compress: all that would get smaller is stored already.\n';
  const table = formatTable(
    [
      { title: 'model' },
      { title: 'against' },
      { title: 'size', align: 'right' },
      { title: 'delta', align: 'right' },
      { title: 'smaller', align: 'right' },
      { title: '' },
    ],
    models.map((model) => [
      model.name,
      model.parent ?? '',
      formatBytes(model.originalBytes),
      model.outcome === 'done' ? formatBytes(model.storedBytes) : '',
      model.outcome === 'done' ? `${(1 / model.ratio).toFixed(2)}x` : '',
      model.verified ? 'verified' : (model.sentence ?? model.outcome),
    ]),
  );
  const done = models.filter(({ verified }) => verified).length;
  return (
    `${table}\n${counted(done, 'delta')} verified. Originals: ${formatBytes(originalBytes)}; deltas: ${formatBytes(storedBytes)}; ` +
    `${throughput(originalBytes, seconds)}.\n`
  );
}

function describeVerify({ models, seconds }: VerifyAllResult): string {
  const lines = models.map(
    ({ name, outcome, sentence }) => `${name}: ${outcome === 'done' ? 'verified' : (sentence ?? outcome)}\n`,
  );
  const good = models.filter(({ outcome }) => outcome === 'done');
  const bytes = good.reduce((sum, model) => sum + model.bytes, 0);
  return `${lines.join('')}${good.length} of ${counted(models.length, 'model')} verified; ${throughput(bytes, seconds)}\n`;
}
