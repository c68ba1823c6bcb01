import type { UnfinishedEntry } from '../journal/index.ts';
import type { StepContext } from './context.ts';
import type { Recovered } from './steps.ts';

/**
 * Finishes one interrupted step or rolls it back, then ends its entry. May be interrupted as well: it is called
 * again then. Where it throws, nothing more is written until a person has done what the sentence says.
 */
export type Recovery = (context: StepContext, entry: UnfinishedEntry) => Promise<Recovered>;
