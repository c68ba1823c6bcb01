import { Argument, type Command } from 'commander';
import {
  DeltashelfError,
  formatBytes,
  type ActivityResult,
  type JobsResult,
  type SettingsResult,
} from '../../../../shared/index.ts';
import type { CliContext } from '../../context.ts';
import { wholeNumber } from '../../options.ts';
import { addLibraryOptions, type LibraryOptions } from '../options.ts';
import { runCall } from '../run-call.ts';
import { describeScan } from './folders.ts';

/** What may be done with a job. */
const jobActions = ['pause', 'resume', 'cancel', 'retry'] as const;
type JobAction = (typeof jobActions)[number];

interface ActivityOptions extends LibraryOptions {
  readonly limit: number;
}

/** `settings`, `jobs`, `activity`, `vault move`, `catalogue rebuild`. */
export function addKeepingCommands(program: Command, context: CliContext): void {
  addLibraryOptions(
    program
      .command('settings')
      .summary('show settings, or change some')
      .argument('[changes...]', 'key=value'),
  ).action((changes: string[], options: LibraryOptions) =>
    runCall(
      context,
      options,
      'settings',
      { set: Object.fromEntries(changes.map(parseChange)) },
      { describe: describeSettings },
    ),
  );
  addLibraryOptions(
    program
      .command('jobs')
      .summary('long work: running, waiting, ended; hold, end or repeat it')
      .addArgument(new Argument('[action]', 'what to do with a job; default: list all').choices(jobActions))
      .argument('[id]', 'number of the job', wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  ).action((action: JobAction | undefined, id: number | undefined, options: LibraryOptions) => {
    const told = { describe: describeJobs };
    if (action === undefined) return runCall(context, options, 'jobs', {}, told);
    if (id === undefined) throw noJob(action);
    return runCall(context, options, 'controlJob', { id, action }, told);
  });
  addLibraryOptions(
    program
      .command('activity')
      .summary('what was done, and what can be undone')
      .option('--limit <n>', 'so many steps', wholeNumber(1, 10_000), 30),
  ).action(({ limit, ...options }: ActivityOptions) =>
    runCall(context, options, 'activity', { limit }, { describe: describeActivity }),
  );
  const vault = program.command('vault').description('the folder of deltas');
  addLibraryOptions(
    vault
      .command('move')
      .summary('move the vault, also to another disk')
      .description('Copy the vault to another place, verify the copy, then work with that.')
      .argument('<folder>'),
  ).action((path: string, options: LibraryOptions) =>
    runCall(context, options, 'moveVault', { path }, { describe: describeSettings }),
  );
  const catalogue = program.command('catalogue').description('the database of what was seen');
  addLibraryOptions(
    catalogue
      .command('rebuild')
      .summary('make it anew from folders and vault')
      .description(
        'Make the catalogue anew from the watched folders and the vault. What you decided is kept.',
      ),
  ).action((options: LibraryOptions) =>
    runCall(context, options, 'rebuildCatalogue', {}, { describe: describeScan }),
  );
}

function noJob(action: JobAction): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `Which job to ${action} was not said. Nothing was done; give its number, as jobs lists it.`,
  );
}

/** `key=value`; a value that reads as JSON is taken as that, anything else as text. */
function parseChange(change: string): [string, unknown] {
  const at = change.indexOf('=');
  if (at <= 0) {
    throw new DeltashelfError(
      'usage',
      `"${change}" is no change of a setting. Nothing was done; give key=value.`,
    );
  }
  const text = change.slice(at + 1);
  try {
    return [change.slice(0, at), JSON.parse(text)];
  } catch {
    return [change.slice(0, at), text];
  }
}

function describeSettings({ settings }: SettingsResult): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}\n`)
    .join('');
}

function describeJobs({ jobs }: JobsResult): string {
  if (jobs.length === 0) return 'No jobs.\n';
  return jobs
    .map(({ id, title, state, phase, doneBytes, totalBytes, sentence }) => {
      const share =
        totalBytes > 0
          ? ` ${Math.floor((doneBytes / totalBytes) * 100)} % of ${formatBytes(totalBytes)}`
          : '';
      return `${id}  ${title}  ${state}${state === 'running' ? ` ${phase ?? ''}${share}` : ''}${sentence === null ? '' : `  ${sentence}`}\n`;
    })
    .join('');
}

function describeActivity({ steps }: ActivityResult): string {
  if (steps.length === 0) return 'Nothing was done yet.\n';
  return steps
    .map(({ id, at, sentence, undo }) => `${at}  ${sentence}${undo === null ? '' : `  [undo ${id}]`}\n`)
    .join('');
}
