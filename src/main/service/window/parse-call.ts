import { z } from 'zod';
import {
  DeltashelfError,
  windowCalls,
  type ParsedWindowArgs,
  type WindowCall,
} from '../../../shared/index.ts';

/** Characters and values in the arguments of one call at most: 100,000 numbers of models fit, and no more is needed. */
const mostCharacters = 200_000;
const mostValues = 250_000;
const deepest = 8;

/** A call of a page, with what it is given, parsed. */
export type ParsedCall = { [Call in WindowCall]: { call: Call; args: ParsedWindowArgs<Call> } }[WindowCall];

/**
 * Reads a call that a page made. `name` and `args` are whatever it sent.
 * @throws DeltashelfError `usage` where there is no such call or it does not take that
 */
export function parseCall(name: string, args: unknown): ParsedCall {
  if (typeof name !== 'string' || !Object.hasOwn(windowCalls, name)) {
    throw new DeltashelfError('usage', 'A window cannot make that call. Nothing was done.');
  }
  const call = name as WindowCall;
  if (!isSmall(args)) {
    throw new DeltashelfError('usage', `The call ${call} was given too much. Nothing was done.`);
  }
  const parsed = windowCalls[call].args.safeParse(args);
  if (parsed.success) return { call, args: parsed.data } as ParsedCall;
  throw new DeltashelfError(
    'usage',
    `What the call ${call} was given is not what it takes: ${z.prettifyError(parsed.error)}. Nothing was done.`,
  );
}

/** Looked at before anything else: what is parsed is copied, and told in words where it is wrong. */
function isSmall(args: unknown): boolean {
  let characters = mostCharacters;
  let values = mostValues;
  const look = (value: unknown, depth: number): boolean => {
    values -= 1;
    if (values < 0 || depth > deepest) return false;
    if (typeof value === 'string') return (characters -= value.length) >= 0;
    if (typeof value !== 'object' || value === null) return true;
    if (Array.isArray(value)) return value.length <= values && value.every((each) => look(each, depth + 1));
    return Object.entries(value).every(
      ([key, each]) => (characters -= key.length) >= 0 && look(each, depth + 1),
    );
  };
  return look(args, 0);
}
