import type { Command } from 'commander';
import { formatBytes, type CheckResult, type ReconstructResult } from '../../../../shared/index.ts';
import type { CliContext } from '../../context.ts';
import { throughput } from '../../throughput.ts';
import { wholeNumber } from '../../options.ts';
import { addLibraryOptions, addSelection, type LibraryOptions, type SelectionOptions } from '../options.ts';
import { incompleteIf, runCall } from '../run-call.ts';
import { counted, storedWords } from '../words.ts';

interface ReconstructOptions extends SelectionOptions {
  readonly to?: string;
}

interface CheckOptions extends SelectionOptions {
  readonly olderThanDays?: number;
}

interface RepairOptions extends LibraryOptions {
  readonly from?: string;
}

/** `reconstruct`, `undo`, `check`, `repair`, `rebase`. */
export function addReconstructCommands(program: Command, context: CliContext): void {
  addSelection(
    program
      .command('reconstruct')
      .summary('write stored models back to disk')
      .description('Write stored models back, every byte compared. Nothing that exists is overwritten.'),
    'stored models whose originals are gone',
  )
    .option('--to <folder>', 'write them into this folder; default: where they were')
    .action((models: string[], { all = false, to, ...options }: ReconstructOptions) =>
      runCall(
        context,
        options,
        'reconstruct',
        { models, all, ...(to !== undefined && { to }) },
        { describe: describeReconstruct, endsWith: (result) => incompleteIf(result.models) },
      ),
    );
  addLibraryOptions(
    program
      .command('undo')
      .summary('take the last step back')
      .description('Take back the last step, or the one that `activity` names.')
      .argument('[step]'),
  ).action((step: string | undefined, options: LibraryOptions) =>
    runCall(context, options, 'undo', step === undefined ? {} : { step }, {
      describe: ({ sentence }) => `Taken back: ${sentence}\n`,
    }),
  );
  addSelection(
    program
      .command('check')
      .summary('look for damage')
      .description(
        'Decode everything that is stored and compare it; say what is damaged, what depends on it, what could repair it.',
      ),
    'stored models; the default',
  )
    .option('--older-than-days <n>', 'only what was not checked for so long', wholeNumber(0, 100_000))
    .action((models: string[], { olderThanDays, all = models.length === 0, ...options }: CheckOptions) =>
      runCall(
        context,
        options,
        'check',
        { models, all, ...(olderThanDays !== undefined && { olderThanDays }) },
        { describe: describeCheck, endsWith: ({ ok }) => (ok ? undefined : 'incomplete') },
      ),
    );
  addLibraryOptions(
    program
      .command('repair')
      .summary('make a damaged delta whole again')
      .description(
        'Make a damaged delta again from the original, or take it from a second copy of the vault.',
      )
      .argument('<model>')
      .option('--from <path>', 'a delta file, or a vault that has one'),
  ).action((model: string, { from, ...options }: RepairOptions) =>
    runCall(
      context,
      options,
      'repair',
      { model, ...(from !== undefined && { from }) },
      {
        describe: (repaired) => `${repaired.name} is whole again: ${storedWords(repaired)}, verified.\n`,
      },
    ),
  );
  addLibraryOptions(
    program
      .command('rebase')
      .summary('store a model against other bases')
      .description('Store a model against other bases, verify it, then let the old delta go.')
      .argument('<model>')
      .argument('[parents...]', 'none: stored alone'),
  ).action((model: string, parents: string[], options: LibraryOptions) =>
    runCall(
      context,
      options,
      'rebase',
      { model, parents },
      {
        describe: (rebased) => `${rebased.name}: ${storedWords(rebased)}, verified.\n`,
      },
    ),
  );
}

function describeReconstruct({ models, seconds }: ReconstructResult): string {
  if (models.length === 0) return 'Nothing to reconstruct: every stored model is on disk.\n';
  const lines = models.map(({ name, outcome, output, sentence, bytes }) =>
    outcome === 'done'
      ? `${name}  ${formatBytes(bytes)}  ${output ?? ''}\n`
      : `${name}: ${sentence ?? outcome}\n`,
  );
  const done = models.filter(({ outcome }) => outcome === 'done');
  const bytes = done.reduce((sum, model) => sum + model.bytes, 0);
  if (done.length === 0) return `${lines.join('')}No model came back.\n`;
  return `${lines.join('')}${counted(done.length, 'model')} back, every byte compared; ${throughput(bytes, seconds)}\n`;
}

function describeCheck({ ok, findings, seconds }: CheckResult): string {
  const bad = findings.filter((finding) => !finding.ok);
  const lines = bad.map(({ name, sentence, affected, repairableFrom }) => {
    const hit = affected.length === 0 ? '' : `  affected: ${affected.join(', ')}\n`;
    const mend =
      repairableFrom.length === 0
        ? '  nothing here could repair it\n'
        : `  could be repaired from: ${repairableFrom.join(', ')}\n`;
    return `${name}: ${sentence ?? 'damaged'}\n${hit}${mend}`;
  });
  const end = ok ? 'All is well' : `${counted(bad.length, 'problem')} found`;
  return `${lines.join('')}${end}: checked ${counted(findings.length, 'item')} in ${seconds.toFixed(1)} s.\n`;
}
