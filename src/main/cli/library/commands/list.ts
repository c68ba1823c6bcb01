import { Option, type Command } from 'commander';
import {
  formatBytes,
  modelStates,
  type ListResult,
  type ModelState,
  type ShowResult,
} from '../../../../shared/index.ts';
import { formatTable } from '../../../bench/index.ts';
import type { CliContext } from '../../context.ts';
import { addLibraryOptions, type LibraryOptions } from '../options.ts';
import { runCall } from '../run-call.ts';
import { counted, freesWords, parentWords, storedWords } from '../words.ts';

interface ListOptions extends LibraryOptions {
  readonly state?: ModelState;
  readonly sort: 'name' | 'bytes' | 'stored' | 'frees';
}

/** `list` and `show`. */
export function addListCommands(program: Command, context: CliContext): void {
  addLibraryOptions(
    program
      .command('list')
      .summary('all models')
      .description(
        'All models, or those that a text finds: exact names first; text in quotes is taken exactly.',
      )
      .argument('[text]')
      .addOption(new Option('--state <state>', 'only models in this state').choices(modelStates))
      .addOption(new Option('--sort <key>').choices(['name', 'bytes', 'stored', 'frees']).default('name')),
  ).action((text: string | undefined, { state, sort, ...options }: ListOptions) =>
    runCall(
      context,
      options,
      'list',
      { sort, ...(text !== undefined && { text }), ...(state && { state }) },
      { describe: describeList },
    ),
  );
  addLibraryOptions(program.command('show').summary('all about one model').argument('<model>')).action(
    (model: string, options: LibraryOptions) =>
      runCall(context, options, 'show', { model }, { describe: describeModel }),
  );
}

function describeList({ models, totals }: ListResult): string {
  if (models.length === 0) return 'No model. Add a folder: deltashelf add <folder>\n';
  const table = formatTable(
    [
      { title: '#', align: 'right' },
      { title: 'model' },
      { title: 'size', align: 'right' },
      { title: 'delta', align: 'right' },
      { title: 'state' },
      { title: 'type' },
      { title: 'from' },
    ],
    models.map((model) => [
      String(model.id),
      model.name,
      formatBytes(model.bytes),
      storedWords(model),
      model.lossy ? `${model.state}, LOSSY` : model.state,
      model.dtype ?? '',
      parentWords(model.parents),
    ]),
  );
  return `${table}\n${counted(totals.models, 'model')}, ${formatBytes(totals.bytes)}; deltas ${formatBytes(totals.storedBytes)}; ${freesWords(totals.freesBytes)}\n`;
}

function describeModel(model: ShowResult): string {
  const lines: [string, string][] = [
    ['model', `${model.name}  #${model.id}`],
    ['path', model.path],
    [
      'what',
      `${model.layout}, ${model.origin}, ${model.parameters.toLocaleString('en-US')} parameters, ${model.dtype ?? 'no weights'}`,
    ],
    ['size', `${formatBytes(model.bytes)}, ${counted(model.files.length, 'file')}`],
    [
      'state',
      `${model.state}${model.verifiedAt === null ? '' : `, verified ${model.verifiedAt}`}${model.lossy ? ', LOSSY' : ''}`,
    ],
  ];
  if (model.blocked !== null) lines.push(['reclaim', `not possible: ${model.blocked}`]);
  if (model.parents.length > 0) lines.push(['from', parentWords(model.parents)]);
  for (const { sentence } of model.reasons) lines.push(['', sentence]);
  for (const sentence of model.contradictions) lines.push(['but', sentence]);
  if (model.children.length > 0) lines.push(['children', model.children.join(', ')]);
  if (model.delta !== null)
    lines.push(['delta', `${model.delta.file}, ${storedWords(model)}, ${model.delta.level}`]);
  if (model.storageParents.length > 0) lines.push(['decoded with', model.storageParents.join(', ')]);
  if (model.dependents.length > 0) lines.push(['needed by', model.dependents.join(', ')]);
  return lines.map(([key, value]) => `${key.padEnd(13)}${value}\n`).join('');
}
