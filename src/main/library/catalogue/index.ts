// The catalogue of a home: one SQLite database of what was seen, where, and what came from what, and its lock.
// Where it disagrees with files, sidecars or journal, they win. Only the service opens it, one process at a time.
// May hold: SQL, rows and what follows from them. Never a model's bytes; the disk only for the database's own files.
export { Catalogue } from './catalogue.ts';
export {
  decisionsSchema,
  exportDecisions,
  exportSurroundings,
  importDecisions,
  importSurroundings,
  type DecisionsDocument,
} from './decisions-document.ts';
export { lockHome, type HomeLock } from './lock-home.ts';
export { openCatalogue, type CatalogueReport } from './open-catalogue.ts';
export { rebuildCatalogue, type RebuildReport, type RebuildSources } from './rebuild-catalogue.ts';
export type { ModelFilter } from './query/filter.ts';
export type {
  FacetCount,
  Facets,
  ListedModel,
  ModelPage,
  ModelQuery,
  ModelSort,
  Totals,
} from './query/queries.ts';
export type { ScanReport, ScanSession } from './scan-session.ts';
export type { ActivityEntry, NewActivity } from './tables/activity.ts';
export type { PredictedPair } from './tables/candidates.ts';
export type { CatalogueDelta } from './tables/deltas.ts';
export type { CatalogueFolder } from './tables/folders.ts';
export type { HashedPlace } from './tables/hashes.ts';
export type { CatalogueModel } from './tables/model-row.ts';
export { defaultSettings, type SettingKey, type Settings } from './tables/settings.ts';
export type { CatalogueVolume, VolumeState } from './tables/volumes.ts';
