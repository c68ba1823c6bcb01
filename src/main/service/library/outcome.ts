import { DeltashelfError } from '../../../shared/index.ts';
import type { CatalogueModel } from '../../library/index.ts';

/** What became of one model in a call about several. */
export interface Outcome {
  readonly name: string;
  readonly path: string;
  readonly outcome: 'done' | 'kept' | 'refused' | 'failed';
  readonly sentence: string | null;
}

type Named = Pick<CatalogueModel, 'name' | 'path'>;

export function done({ name, path }: Named): Outcome {
  return { name, path, outcome: 'done', sentence: null };
}

export function kept({ name, path }: Named, sentence: string): Outcome {
  return { name, path, outcome: 'kept', sentence };
}

export function refused({ name, path }: Named, sentence: string): Outcome {
  return { name, path, outcome: 'refused', sentence };
}

/**
 * What a failure of one model is told as. Failures that concern the work as a whole are thrown on: it makes no sense
 * to try the next model on a full disk, or after a cancel.
 */
export function failed({ name, path }: Named, error: unknown): Outcome {
  if (!(error instanceof DeltashelfError) || stopping.has(error.code)) throw error;
  return { name, path, outcome: 'failed', sentence: error.message };
}

const stopping = new Set(['internal', 'cancelled', 'disk-full', 'in-use', 'usage']);
