import { InvalidArgumentError, type Command } from 'commander';
import type { BaseOf } from '../service/index.ts';

/** Options of every command. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** Options of every command that works on bytes. */
export interface JobOptions extends CommonOptions {
  readonly quiet?: boolean;
  readonly threads?: number;
}

/** Options of every command that needs parents. */
export interface ParentOptions {
  readonly base: readonly string[];
  readonly baseOf: readonly BaseOf[];
}

export function addJsonOption(command: Command): Command {
  return command.option('--json', 'print one JSON object, also on failure (see docs/cli.md)');
}

export function addJobOptions(command: Command): Command {
  return addJsonOption(command)
    .option('--threads <n>', 'threads that code; default: all cores', wholeNumber(1, 256))
    .option('--quiet', 'print nothing but warnings and failures');
}

export function addParentOptions(command: Command, base: string): Command {
  return command
    .option('--base <path>', `${base}: a folder, a file or a .dshelf; may be given several times`, append, [])
    .option(
      '--base-of <file=path>',
      'what a .dshelf among the bases was made against, if it does not lie beside it; may be given several times',
      (value: string, former: readonly BaseOf[]) => [...former, parseBaseOf(value)],
      [],
    );
}

/** A parser of whole numbers within bounds. */
export function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = /^\d+$/u.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}

/** A parser of a share from 0 to 1. */
export function share(value: string): number {
  const number = /^(?:\d+\.?\d*|\.\d+)$/u.test(value) ? Number(value) : Number.NaN;
  if (number >= 0 && number <= 1) return number;
  throw new InvalidArgumentError('Give a share from 0 to 1, as 0.9.');
}

/** For options that may be given several times. */
export function append(value: string, former: readonly string[]): readonly string[] {
  return [...former, value];
}

/** Names may hold "=" themselves: the one behind the ending of a delta file counts first. */
function parseBaseOf(value: string): BaseOf {
  const ending = value.search(/\.dshelf=/iu);
  const at = ending >= 0 ? ending + '.dshelf'.length : value.indexOf('=');
  if (at <= 0 || at === value.length - 1) {
    throw new InvalidArgumentError('Give <file>=<path>: a .dshelf, an equals sign, and its base.');
  }
  return { file: value.slice(0, at), base: value.slice(at + 1) };
}
