import type { Command } from 'commander';
import { type PurgeResult, type QuarantineResult, type ReclaimResult } from '../../../../shared/index.ts';
import type { CliContext } from '../../context.ts';
import { visible } from '../../visible.ts';
import { addLibraryOptions, addSelection, type LibraryOptions, type SelectionOptions } from '../options.ts';
import { callOnce, incompleteIf, runCall } from '../run-call.ts';
import { counted, exactBytes } from '../words.ts';

interface ReclaimOptions extends SelectionOptions {
  readonly yes?: boolean;
  readonly sideFiles?: boolean;
}

interface PurgeOptions extends LibraryOptions {
  readonly yes?: boolean;
  readonly now?: boolean;
}

/** `reclaim`, `quarantine list`, `purge`, `delete`. */
export function addReclaimCommands(program: Command, context: CliContext): void {
  addSelection(
    program
      .command('reclaim')
      .summary('move verified originals into quarantine')
      .description(
        'Move originals that are verified into quarantine on the same disk. Space is free after the purge; until then ' +
          'it can be undone. Without --yes the plan is shown and you are asked.',
      ),
    'verified models',
  )
    .option('--yes', 'do it without asking')
    .option('--side-files', 'move tokenizers, configurations and cards as well')
    .action(
      async (
        models: string[],
        { all = false, yes = false, sideFiles = false, ...options }: ReclaimOptions,
      ) => {
        const args = { models, all, sideFiles };
        const confirmed =
          yes ||
          (await isConfirmed(
            context,
            options,
            async () =>
              describeReclaim(await callOnce(context, options, 'reclaim', { ...args, confirmed: false })),
            'Move these originals to quarantine?',
          ));
        await runCall(
          context,
          options,
          'reclaim',
          { ...args, confirmed },
          { describe: describeReclaim, endsWith: (result) => incompleteIf(result.models) },
        );
      },
    );
  const quarantine = program.command('quarantine').description('originals that were moved aside');
  addLibraryOptions(quarantine.command('list').summary('what is in it')).action((options: LibraryOptions) =>
    runCall(context, options, 'quarantine', {}, { describe: describeQuarantine }),
  );
  addLibraryOptions(
    program
      .command('purge')
      .summary('delete quarantined originals for good')
      .description(
        'Delete quarantined originals for good and free their space. Each is decoded from its delta and compared once ' +
          'more just before. This cannot be undone. Without --yes the plan is shown and you are asked.',
      )
      .option('--yes', 'do it without asking')
      .option('--now', 'also those that are younger than the minimum age'),
  ).action(async ({ yes = false, now = false, ...options }: PurgeOptions) => {
    let shown: string[] | undefined;
    const confirmed =
      yes ||
      (await isConfirmed(
        context,
        options,
        async () => {
          const plan = await callOnce(context, options, 'purge', { now, confirmed: false });
          shown = plan.models.map(({ entry }) => entry);
          return describePurge(plan);
        },
        'Delete these originals for good?',
      ));
    await runCall(
      context,
      options,
      'purge',
      { now, confirmed, ...(shown && { entries: shown }) },
      { describe: describePurge, endsWith: (result) => incompleteIf(result.models) },
    );
  });
  addLibraryOptions(
    program
      .command('delete')
      .summary('move a model that is not stored into quarantine')
      .description(
        'Move a model into quarantine although no delta brings it back. Refused while stored models need it. Without ' +
          '--yes you are asked.',
      )
      .argument('<model>')
      .option('--yes', 'do it without asking'),
  ).action(async (model: string, { yes = false, ...options }: PurgeOptions) => {
    const confirmed =
      yes ||
      (await isConfirmed(context, options, () => Promise.resolve(''), `Move "${model}" to quarantine?`));
    const describe = confirmed
      ? describeQuarantine
      : (): string => `Nothing was deleted; "${model}" stays. Add --yes to move it to quarantine.\n`;
    await runCall(context, options, 'delete', { model, confirmed }, { describe });
  });
}

/** Shows a plan and asks, where there is somebody to answer; else nothing is confirmed. */
async function isConfirmed(
  { terminal }: CliContext,
  { json = false }: LibraryOptions,
  plan: () => Promise<string>,
  question: string,
): Promise<boolean> {
  if (json || terminal.confirm === undefined) return false;
  terminal.out(visible(await plan()));
  return terminal.confirm(visible(question));
}

function describeReclaim({ moved, models, bytes }: ReclaimResult): string {
  const lines = models.map((model) => {
    if (model.outcome === 'refused' || model.outcome === 'failed')
      return `${model.name} stays: ${model.sentence ?? ''}\n`;
    const files = model.files.map((file) => `  ${file.path}  ${exactBytes(file.bytes)}\n`).join('');
    const stay = model.stay.length === 0 ? '' : `  stays: ${model.stay.join(', ')}\n`;
    return `${model.name}\n${files}${stay}`;
  });
  const able = models.filter(({ outcome }) => outcome === 'done').length;
  if (able === 0) return `${lines.join('')}Nothing ${moved ? 'was moved' : 'to move'}.\n`;
  if (moved) {
    return `${lines.join('')}Moved the originals of ${counted(able, 'model')} (${exactBytes(bytes)}) to quarantine. Undo: deltashelf undo. Space is free after: deltashelf purge\n`;
  }
  return `${lines.join('')}Would move the originals of ${counted(able, 'model')} (${exactBytes(bytes)}) to quarantine. Nothing was moved; add --yes to do it.\n`;
}

function describeQuarantine({ entries, bytes }: QuarantineResult): string {
  if (entries.length === 0) return 'Quarantine is empty.\n';
  const lines = entries.map(
    ({ name, why, path, bytes: size, createdAt, ripe }) =>
      `${name}  ${exactBytes(size)}  ${why} ${createdAt}${ripe ? '' : ', too young to purge'}  from ${path}\n`,
  );
  return `${lines.join('')}${counted(entries.length, 'entry').replace('entrys', 'entries')}, ${exactBytes(bytes)}\n`;
}

function describePurge({ purged, models, bytes }: PurgeResult): string {
  const lines = models.map(
    ({ name, outcome, sentence, bytes: size }) =>
      `${name}  ${exactBytes(size)}  ${outcome === 'done' ? (purged ? 'deleted' : 'would be deleted') : (sentence ?? outcome)}\n`,
  );
  const due = models.some(({ outcome }) => outcome === 'done');
  if (!due) return `${lines.join('')}Nothing ${purged ? 'was deleted' : 'to delete'}.\n`;
  const end = purged
    ? `Freed ${exactBytes(bytes)}.\n`
    : `Would free ${exactBytes(bytes)}. Nothing was deleted; add --yes to do it.\n`;
  return lines.join('') + end;
}
