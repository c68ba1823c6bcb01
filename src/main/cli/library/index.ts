// The commands about a person's library: one call of the service each, told in words or as JSON.
// Nothing here decides anything; what to do, the service knows.
// May import: the command line's own parts, the service's client, shared.
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addCompressCommands } from './commands/compress.ts';
import { addFolderCommands } from './commands/folders.ts';
import { addKeepingCommands } from './commands/keeping.ts';
import { addListCommands } from './commands/list.ts';
import { addReclaimCommands } from './commands/reclaim.ts';
import { addReconstructCommands } from './commands/reconstruct.ts';
import { addTreeCommands } from './commands/tree.ts';
import { addWatch } from './commands/watch.ts';

export { Ended } from './ended.ts';

/** Adds the commands in the order in which a newcomer meets them. */
export function addLibrary(program: Command, context: CliContext): void {
  addFolderCommands(program, context);
  addListCommands(program, context);
  addTreeCommands(program, context);
  addCompressCommands(program, context);
  addReclaimCommands(program, context);
  addReconstructCommands(program, context);
  addKeepingCommands(program, context);
  addWatch(program, context);
}
