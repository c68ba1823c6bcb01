// Long work that survives the process: a queue on disk, runners, progress with time left, pause, cancel and retry.
// What a job does is its runner's; when it runs, and what becomes of it, is decided here and nowhere else.
// May import: the catalogue's types, shared. Time and disks are passed in.
export { fineTunesThatLanded } from './auto-compress.ts';
export type { JobDisks } from './causes.ts';
export { jobClock, type JobClock } from './clock.ts';
export type { Job, JobKind, PauseCause } from './job.ts';
export { Jobs, type JobsOptions } from './jobs.ts';
export type { JobStage, StageProgress } from './meter.ts';
export type { JobRunner, RunControl, StageControl } from './runner.ts';
