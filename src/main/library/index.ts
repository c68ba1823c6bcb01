// A person's library of models: the files they are in, and later what is known and planned about them.
// Other rooms come in through here; inside, each folder is a room with one reason.
// May import: lineage, engine and shared; never a face, the service or quality.
export * from './catalogue/index.ts';
export * from './deltas/index.ts';
export * from './disk/index.ts';
export * from './scan/index.ts';
export * from './jobs/index.ts';
export * from './plan/index.ts';
export * from './watch/index.ts';
export type { JobControl, JobPhase, JobProgress } from './job-meter.ts';
export type { QuarantineEntry } from './quarantine/manifest.ts';
export * from './steps/index.ts';
export type { Anchor, Sidecar, StoredFile, StoredParent, VaultState } from './vault/index.ts';
