import { DeltashelfError, exitCodes, type Failure } from '../../shared/index.ts';
import type { CliContext } from './context.ts';
import { visible, visibleJson } from './visible.ts';

/** Tells a failure in the way that was asked for, and answers the exit code. */
export function reportFailure(error: unknown, context: CliContext, json: boolean): number {
  const known = error instanceof DeltashelfError ? error : unexpected(error);
  const { code, message: sentence, place } = known;
  const failure: Failure = { error: { code, sentence, place } };
  if (json) context.terminal.out(`${visibleJson(failure)}\n`);
  else context.terminal.err(`${visible(sentence)} [${code}]\n`);
  if (context.debug) context.terminal.err(`${visible(details(error))}\n`);
  return exitCodes[code];
}

function unexpected(error: unknown): DeltashelfError {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new DeltashelfError(
    'internal',
    `Something went wrong that should not have (${what}). No model, delta or base was changed. Run the command ` +
      'again with DELTASHELF_DEBUG=1 set, and report what it prints.',
    {},
    error,
  );
}

function details(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stack = error.message, cause } = error;
  return cause === undefined ? stack : `${stack}\ncaused by ${details(cause)}`;
}
