import type { CallResult, LibraryCall, ParsedArgs } from '../../../shared/index.ts';
import { compress } from './compress.ts';
import type { Handler } from './context.ts';
import { deleteModel } from './delete.ts';
import { addFolder, locate, removeFolder, scan } from './folders.ts';
import { controlJob, jobs } from './jobs.ts';
import { activity, moveVault, settings, undo } from './keeping.ts';
import { clearEdge, confirmEdge, setEdge, tree } from './lineage.ts';
import { list, show } from './list.ts';
import { plan } from './plan.ts';
import { purge } from './purge.ts';
import { rebuildCatalogue } from './rebuild.ts';
import { quarantine, reclaim } from './reclaim.ts';
import { reconstruct } from './reconstruct.ts';
import { check, rebase, repair } from './repair.ts';
import { verify } from './verify.ts';

/** What answers each call. */
export const handlers: {
  readonly [Call in LibraryCall]: Handler<ParsedArgs<Call>, CallResult<Call>>;
} = {
  addFolder,
  removeFolder,
  scan,
  list,
  show,
  tree,
  plan,
  compress,
  verify,
  reclaim,
  quarantine,
  purge,
  reconstruct,
  delete: deleteModel,
  locate,
  undo,
  check,
  repair,
  settings,
  setEdge,
  confirmEdge,
  clearEdge,
  rebase,
  jobs,
  controlJob,
  activity,
  moveVault,
  rebuildCatalogue,
};

/** Calls that change nothing on disk: they need not wait for those that do. */
export const readers: ReadonlySet<LibraryCall> = new Set([
  'list',
  'show',
  'quarantine',
  'jobs',
  'controlJob',
  'activity',
  'settings',
]);
