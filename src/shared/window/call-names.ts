/**
 * Names of all calls that a window may make. Apart from the schemas, since the preload script names each and parses
 * nothing: what comes from a page is parsed where it arrives.
 */
export const windowCallNames = [
  'overview',
  'places',
  'list',
  'show',
  'changes',
  'lineage',
  'candidates',
  'plan',
  'reclaimPlan',
  'purgePlan',
  'deletePlan',
  'quarantine',
  'jobs',
  'outcome',
  'activity',
  'settings',
  'addFolder',
  'addSample',
  'removeFolder',
  'scan',
  'compress',
  'verify',
  'reclaim',
  'purge',
  'reconstruct',
  'delete',
  'check',
  'repair',
  'locate',
  'moveVault',
  'undo',
  'setEdge',
  'confirmEdge',
  'clearEdge',
  'controlJob',
  'setSettings',
] as const;

/** Name of a call that a window may make. */
export type WindowCall = (typeof windowCallNames)[number];
