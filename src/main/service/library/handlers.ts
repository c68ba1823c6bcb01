import type { CallResult, LibraryCall, ParsedArgs } from '../../../shared/index.ts';
import { candidates } from './candidates.ts';
import { changes } from './changes.ts';
import { compress } from './compress.ts';
import type { Handler } from './context.ts';
import { deleteModel } from './delete.ts';
import { addFolder, locate, removeFolder, scan } from './folders.ts';
import { isPlan } from './job-calls.ts';
import { controlJob, jobs, outcome } from './jobs.ts';
import { activity, moveVault, settings, undo } from './keeping.ts';
import { clearEdge, confirmEdge, setEdge, tree } from './lineage.ts';
import { list, show } from './list.ts';
import { overview } from './overview.ts';
import { places } from './places.ts';
import { plan } from './plan.ts';
import { purge } from './purge.ts';
import { rebuildCatalogue } from './rebuild.ts';
import { quarantine, reclaim } from './reclaim.ts';
import { reconstruct } from './reconstruct.ts';
import { check, rebase, repair } from './repair.ts';
import { addSample } from './sample.ts';
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
  overview,
  places,
  changes,
  candidates,
  addSample,
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
  outcome,
  controlJob,
  activity,
  moveVault,
  rebuildCatalogue,
};

/** Calls that change nothing on disk: they need not wait for those that do. */
const readers: ReadonlySet<LibraryCall> = new Set([
  'list',
  'show',
  'overview',
  'places',
  'changes',
  'candidates',
  'outcome',
  'quarantine',
  'jobs',
  'controlJob',
  'activity',
  'settings',
]);

/** Whether a call need not wait for those that change something. */
export function isReader(call: LibraryCall, args: unknown): boolean {
  return readers.has(call) || isPlan(args) || (call === 'tree' && (args as ParsedArgs<'tree'>).asKnown);
}
