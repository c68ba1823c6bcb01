import { CommanderError } from 'commander';
import { DeltashelfError } from '../../shared/index.ts';
import { addMeasured } from './commands/measured.ts';
import type { CliContext } from './context.ts';
import { reportFailure } from './failure.ts';
import { Ended } from './library/index.ts';
import { buildProgram } from './program.ts';

/**
 * Runs one command.
 * @param args as typed, without the program
 * @returns the exit code
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  try {
    const program = buildProgram(context);
    addMeasured(program, context, runCli);
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof Ended) return error.exitCode;
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      return reportFailure(usageFailure(error), context, wantsJson(args));
    }
    return reportFailure(error, context, wantsJson(args));
  }
}

/** Also where the options as a whole could not be read. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

function usageFailure({ message, code }: CommanderError): DeltashelfError {
  const said = code === 'commander.help' ? 'A command is missing' : message.replace(/^error: /u, '');
  const sentence = /[.)?]$/u.test(said) ? said : `${said}.`;
  const text = sentence.charAt(0).toUpperCase() + sentence.slice(1);
  return new DeltashelfError('usage', `${text} Nothing was done; add --help to see what there is.`);
}
