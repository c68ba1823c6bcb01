// The schema of the catalogue, as numbered steps, one file for each; a released one never changes.
// May hold: SQL. Nothing else enters.
import { library } from './0001-library.ts';
import { jobs } from './0002-jobs.ts';
import { planned } from './0003-planned.ts';
import { wdeltaParents } from './0004-wdelta-parents.ts';
import type { Migration } from './migration.ts';

export type { Migration } from './migration.ts';

/** In the order of their versions. */
export const migrations: readonly Migration[] = [library, jobs, planned, wdeltaParents];
