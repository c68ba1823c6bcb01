import type { Command } from 'commander';
import { addJobOptions, type JobOptions } from '../options.ts';

/** Options of every command about the library. */
export interface LibraryOptions extends JobOptions {
  readonly home?: string;
}

/** Options of commands about some models or all. */
export interface SelectionOptions extends LibraryOptions {
  readonly all?: boolean;
}

export function addLibraryOptions(command: Command): Command {
  return addJobOptions(command).option(
    '--home <folder>',
    'where catalogue and vault are; default: the data folder of this system',
  );
}

export function addSelection(command: Command, what: string): Command {
  return addLibraryOptions(
    command
      .argument('[models...]', 'paths, names, or numbers with # as `list` shows them')
      .option('--all', `all ${what}`),
  );
}
