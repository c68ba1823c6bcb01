import type { LibraryCall } from '../../../shared/index.ts';
import type { JobKind } from '../../library/index.ts';

/** Calls that are long work: each is a job, which a person can watch, pause and cancel, and which survives the process. */
export const jobCalls: Partial<Readonly<Record<LibraryCall, JobKind>>> = {
  scan: 'scan',
  addFolder: 'scan',
  addSample: 'scan',
  compress: 'compress',
  verify: 'verify',
  reclaim: 'reclaim',
  purge: 'purge',
  reconstruct: 'reconstruct',
  rebase: 'rebase',
  check: 'check',
  repair: 'repair',
  delete: 'delete',
  moveVault: 'move-vault',
};

/** What kind of job a call is; undefined where it is none. To plan only looks, and is nothing that a person did. */
export function jobKindOf(call: LibraryCall, args: unknown): JobKind | undefined {
  return isPlan(args) ? undefined : jobCalls[call];
}

/** Whether a call only tells what it would do. */
export function isPlan(args: unknown): boolean {
  return typeof args === 'object' && args !== null && 'confirmed' in args && args.confirmed === false;
}

/** What the parameters of a job hold: the call, and what it was given. */
export interface JobParameters {
  readonly call: LibraryCall;
  readonly args: unknown;
}

const verbs: Readonly<Record<string, string>> = {
  scan: 'Look through the watched folders',
  addFolder: 'Look through',
  addSample: 'Add the sample library',
  compress: 'Compress',
  verify: 'Verify',
  reclaim: 'Reclaim',
  purge: 'Purge the quarantine',
  reconstruct: 'Reconstruct',
  rebase: 'Rebase',
  check: 'Check',
  repair: 'Repair',
  delete: 'Delete',
  moveVault: 'Move the vault to',
};

/**
 * "Compress my-finetune", "Verify 12 models", "Reclaim all models".
 * @param nameOf the name of what a reference is for; the reference itself where it is for nothing
 */
export function jobTitle(
  call: LibraryCall,
  args: unknown,
  nameOf: (reference: string) => string = (reference) => reference,
): string {
  const {
    models = [],
    model,
    path,
    all,
  } = args as {
    models?: readonly string[];
    model?: string;
    path?: string;
    all?: boolean;
  };
  const verb = verbs[call] ?? call;
  const [only, ...others] = models;
  const named = model ?? (others.length > 0 ? undefined : only);
  const several = others.length > 0 ? `${models.length} models` : all ? 'all models' : '';
  return `${verb} ${named === undefined ? (path ?? several) : nameOf(named)}`.trim();
}
