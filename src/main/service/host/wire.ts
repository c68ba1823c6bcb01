import { z } from 'zod';
import {
  DeltashelfError,
  failureSchema,
  libraryCalls,
  type Failure,
  type LibraryCall,
  type LibraryEvent,
} from '../../../shared/index.ts';
import type { CallProgress } from '../client.ts';

// What two processes of one person say to each other over the local socket: birpc's messages, one JSON text a line.

/** Version of this language; the two must agree, as an older program may still run. */
export const wireVersion = 2;

const calls = Object.keys(libraryCalls) as [LibraryCall, ...LibraryCall[]];
const callId = z.string().min(1).max(100);

/** Arguments of `call`: a number of the caller's choice, the call's name, what it is given. */
export const callMessage = z.tuple([callId, z.enum(calls), z.unknown()]);
/** Arguments of `begin`: the call's name, what it is given. */
export const beginMessage = z.tuple([z.enum(calls), z.unknown()]);
/** What `begin` answers where it is no failure. */
export const beginAnswer = z.strictObject({ result: z.int() });
export const cancelMessage = z.tuple([callId]);

/**
 * What a line says.
 * @throws where it is no message: birpc takes whatever this gives for one
 */
export function readMessage(line: string): unknown {
  return z.looseObject({ t: z.string() }).parse(JSON.parse(line));
}

/** How a call ended. */
export type Answer = { readonly result: unknown } | Failure;

/** What the owner of the service answers to. */
export interface HostFunctions {
  hello(version: number): { readonly version: number };
  call(id: string, call: string, args: unknown): Promise<Answer>;
  /** The answer's result is the number of the job. */
  begin(call: string, args: unknown): Promise<Answer>;
  cancel(id: string): void;
}

/** What the other process answers to. */
export interface GuestFunctions {
  progress(id: string, progress: CallProgress): void;
  event(event: LibraryEvent): void;
}

/** A failure as it goes over the wire. What is no `DeltashelfError` is one of ours to mend. */
export function toFailure(error: unknown): Failure {
  const known = error instanceof DeltashelfError ? error : unexpected(error);
  return { error: { code: known.code, sentence: known.message, place: { ...known.place } } };
}

/** The failure that an answer holds; undefined where it holds a result. */
export function failureIn(answer: unknown): DeltashelfError | undefined {
  const parsed = failureSchema.safeParse(answer);
  if (!parsed.success) return undefined;
  const { code, sentence, place } = parsed.data.error;
  const { file, tensor, part } = place;
  return new DeltashelfError(code, sentence, {
    ...(file !== undefined && { file }),
    ...(tensor !== undefined && { tensor }),
    ...(part !== undefined && { part }),
  });
}

function unexpected(error: unknown): DeltashelfError {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new DeltashelfError(
    'internal',
    `Something went wrong that should not have (${what}). No model, delta or base was changed by it.`,
    {},
    error,
  );
}
