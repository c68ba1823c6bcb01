import { z } from 'zod';
import { DeltashelfError, libraryCalls, type LibraryCall } from '../../../shared/index.ts';

/** @throws DeltashelfError `usage` where that is not what the call takes */
export function parseArgs(call: LibraryCall, args: unknown): unknown {
  const parsed = libraryCalls[call].args.safeParse(args);
  if (parsed.success) return parsed.data;
  throw new DeltashelfError(
    'usage',
    `What the call ${call} was given is not what it takes: ${z.prettifyError(parsed.error)}. Nothing was done.`,
  );
}
