import type { ErrorCode, ErrorPlace } from '../../shared/index.ts';
import type { WindowArgs, WindowCall, WindowResult } from '../../shared/window/index.ts';
import { useHost } from './current-host.ts';
import { visible } from './visible.ts';

/** A call that did not do what it was asked, with the sentence for a person. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly code: ErrorCode;
  readonly place: ErrorPlace;

  constructor(code: ErrorCode, sentence: string, place: ErrorPlace = {}) {
    super(sentence);
    this.code = code;
    this.place = place;
  }
}

/**
 * Asks the library.
 * @throws CallFailure
 */
export async function ask<Call extends WindowCall>(
  call: Call,
  args: WindowArgs<Call>,
): Promise<WindowResult<Call>> {
  const answer = await useHost().calls[call](args);
  if ('result' in answer) return visible(answer.result);
  const { code, sentence, place } = answer.error;
  const { file, tensor, part } = place;
  throw new CallFailure(code, sentence, {
    ...(file !== undefined && { file }),
    ...(tensor !== undefined && { tensor }),
    ...(part !== undefined && { part }),
  });
}

/** What went wrong, for a person. What is no failure of a call is one of ours. */
export function failureOf(error: unknown): CallFailure {
  if (error instanceof CallFailure) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new CallFailure(
    'internal',
    `Something went wrong in this window (${what}). No model, delta or base was changed by it. Try again.`,
  );
}
