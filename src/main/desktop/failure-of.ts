import { DeltashelfError, type Failure } from '../../shared/index.ts';

/** A failure as a page is told of it. What is no `DeltashelfError` is one of ours to mend. */
export function failureOf(error: unknown): Failure {
  const place = error instanceof DeltashelfError ? { ...error.place } : {};
  const code = error instanceof DeltashelfError ? error.code : 'internal';
  return { error: { code, sentence: sentenceOf(error), place } };
}

/** What a person is told. */
export function sentenceOf(error: unknown): string {
  if (error instanceof DeltashelfError) return error.message;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `Something went wrong that should not have (${what}). No model, delta or base was changed by it.`;
}
