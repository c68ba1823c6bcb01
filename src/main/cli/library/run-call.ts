import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type CallArgs, type CallResult, type ErrorCode, type LibraryCall } from '../../../shared/index.ts';
import type { CallControl } from '../../service/index.ts';
import type { CliContext } from '../context.ts';
import { ProgressBar } from '../progress-bar.ts';
import { visible, visibleJson, visibleName } from '../visible.ts';
import { Ended } from './ended.ts';
import type { LibraryOptions } from './options.ts';

/** How the result of a call is told. */
export interface Told<Call extends LibraryCall> {
  /** For people; ends with a line feed, or is empty. */
  readonly describe: (result: CallResult<Call>) => string;
  /** Set where the result is no success, although the call went through. */
  readonly endsWith?: (result: CallResult<Call>) => ErrorCode | undefined;
}

/** Makes one call of the library and prints what came of it. */
export async function runCall<Call extends LibraryCall>(
  context: CliContext,
  options: LibraryOptions,
  call: Call,
  args: CallArgs<Call>,
  told: Told<Call>,
): Promise<void> {
  const { terminal } = context;
  const { json = false, quiet = false } = options;
  const result = await callOnce(context, options, call, args);
  for (const sentence of warningsOf(result)) terminal.err(`Warning: ${visibleName(sentence)}\n`);
  if (json) terminal.out(`${visibleJson(result)}\n`);
  else if (!quiet) terminal.out(visible(told.describe(onOneLine(result) as CallResult<Call>)));
  const code = told.endsWith?.(result);
  if (code !== undefined) throw new Ended(code);
}

/** Makes one call, with a progress bar. */
export async function callOnce<Call extends LibraryCall>(
  context: CliContext,
  options: LibraryOptions,
  call: Call,
  args: CallArgs<Call>,
): Promise<CallResult<Call>> {
  const { home, threads, quiet = false } = options;
  const library = await context.openLibrary({
    ...(home !== undefined && { home }),
    ...(threads && { threads }),
  });
  const bar = new ProgressBar(context.terminal, !quiet);
  try {
    const control: CallControl = { signal: context.signal, onProgress: bar.update };
    return await library.call(call, meantHere(args), control);
  } finally {
    bar.end();
    await library.close();
  }
}

function warningsOf(result: object): string[] {
  const { warnings = [] } = result as { warnings?: readonly { sentence: string }[] };
  return warnings.map(({ sentence }) => sentence);
}

/** The code of a call about several models, of which some could not be done. */
export function incompleteIf(models: readonly { readonly outcome: string }[]): ErrorCode | undefined {
  return models.some(({ outcome }) => outcome === 'failed' || outcome === 'refused')
    ? 'incomplete'
    : undefined;
}

/** Names may hold ends of lines; one that could begin a new line could look like another model. */
function onOneLine(value: unknown): unknown {
  if (typeof value === 'string') return visibleName(value);
  if (Array.isArray(value)) return value.map(onOneLine);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, onOneLine(each)]));
}

const places = new Set(['path', 'to', 'from']);
const references = new Set(['model', 'models', 'child', 'parents']);

/** Paths are meant from where the command was typed; the service may run in a process that stands elsewhere. */
function meantHere<Args extends object>(args: Args): Args {
  const entries = Object.entries(args).map(([key, value]: [string, unknown]) => {
    if (places.has(key) && typeof value === 'string' && value !== '') return [key, resolve(value)];
    return [key, references.has(key) ? meantModels(value) : value];
  });
  return Object.fromEntries(entries) as Args;
}

/** A name of a model stays one, unless something of that name lies here. */
function meantModels(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(meantModels);
  if (typeof value === 'object' && value !== null) return meantHere(value);
  return typeof value === 'string' && /[/\\]/u.test(value) && existsSync(resolve(value))
    ? resolve(value)
    : value;
}
