import type { LibraryCall } from '../../../shared/index.ts';
import type { JobKind } from '../../library/index.ts';

/** Calls that are long work: each is a job, which a person can watch, pause and cancel, and which survives the process. */
export const jobCalls: Partial<Readonly<Record<LibraryCall, JobKind>>> = {
  scan: 'scan',
  addFolder: 'scan',
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

/** What the parameters of a job hold: the call, and what it was given. */
export interface JobParameters {
  readonly call: LibraryCall;
  readonly args: unknown;
}

const verbs: Readonly<Record<string, string>> = {
  scan: 'Look through the watched folders',
  addFolder: 'Look through',
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

/** "Compress my-finetune", "Verify 12 models", "Reclaim all that is verified". */
export function jobTitle(call: LibraryCall, args: unknown): string {
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
  const about =
    model ?? path ?? (others.length > 0 ? `${models.length} models` : only) ?? (all ? 'all models' : '');
  return `${verb} ${about}`.trim();
}
