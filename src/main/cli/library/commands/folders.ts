import type { Command } from 'commander';
import { formatBytes, type ScanResult } from '../../../../shared/index.ts';
import type { CliContext } from '../../context.ts';
import { addLibraryOptions, type LibraryOptions } from '../options.ts';
import { runCall } from '../run-call.ts';
import { counted, freesWords } from '../words.ts';

/** `add`, `remove`, `scan`, `locate`. */
export function addFolderCommands(program: Command, context: CliContext): void {
  addLibraryOptions(
    program
      .command('add')
      .summary('watch a folder of models')
      .description('Watch a folder of models and look what is in it. Nothing in it is changed until you ask.')
      .argument('<folder>'),
  ).action((path: string, options: LibraryOptions) =>
    runCall(context, options, 'addFolder', { path }, { describe: describeScan }),
  );
  addLibraryOptions(
    program
      .command('remove')
      .summary('forget a watched folder; deletes nothing')
      .description(
        'Forget a watched folder. Its models leave the list; no file is touched, no delta is removed.',
      )
      .argument('<folder>'),
  ).action((path: string, options: LibraryOptions) =>
    runCall(
      context,
      options,
      'removeFolder',
      { path },
      {
        describe: ({ path: gone, forgotten }) =>
          `Forgot ${gone}: ${counted(forgotten, 'model')}. No file was touched.\n`,
      },
    ),
  );
  addLibraryOptions(
    program
      .command('scan')
      .summary('look what is new, changed or gone')
      .description('Look through all watched folders for what is new, changed or gone.'),
  ).action((options: LibraryOptions) => runCall(context, options, 'scan', {}, { describe: describeScan }));
  addLibraryOptions(
    program
      .command('locate')
      .summary('say where a model is now')
      .description('Say where a model that is missing is now. Its content must be the same.')
      .argument('<model>')
      .argument('<path>'),
  ).action((model: string, path: string, options: LibraryOptions) =>
    runCall(
      context,
      options,
      'locate',
      { model, path },
      { describe: (found) => `${found.name} is at ${found.path}.\n` },
    ),
  );
}

export function describeScan({
  models,
  added,
  changed,
  missing,
  totals,
  skipped,
  seconds,
}: ScanResult): string {
  const news = [
    added > 0 ? `${added} new` : '',
    changed > 0 ? `${changed} changed` : '',
    missing > 0 ? `${missing} missing` : '',
  ].filter((part) => part !== '');
  const left = skipped.map(({ path, sentence }) => `  ${path}: ${sentence}\n`).join('');
  return (
    `${counted(models, 'model')}, ${formatBytes(totals.bytes)}${news.length > 0 ? ` (${news.join(', ')})` : ''}; ` +
    `looked for ${seconds.toFixed(1)} s\n` +
    (totals.freesBytes > 0 ? `Reclaiming what is verified ${freesWords(totals.freesBytes)}.\n` : '') +
    (left === '' ? '' : `Left out:\n${left}`)
  );
}
