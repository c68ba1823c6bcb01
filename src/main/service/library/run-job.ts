import { DeltashelfError, type ErrorCode, type LibraryCall } from '../../../shared/index.ts';
import type { Job, JobKind, JobRunner } from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { Handler, LibraryContext } from './context.ts';
import { handlers } from './handlers.ts';
import { jobCalls, jobTitle, type JobParameters } from './job-calls.ts';
import { parseArgs } from './parse-args.ts';
import { nameFor } from './references.ts';

/** What runs the jobs of each kind: the handler of the call that made it. */
export function jobRunners(context: () => LibraryContext): Readonly<Record<JobKind, JobRunner>> {
  const run: JobRunner = (job, control) => {
    const { call, args } = job.parameters as JobParameters;
    const handler = handlers[call] as Handler<unknown, unknown>;
    const { signal, onProgress } = control;
    return Promise.resolve(
      handler(context(), parseArgs(call, args), {
        signal,
        onProgress,
        stages: (stages) => control.stages(stages),
      }),
    );
  };
  const kinds = [...new Set(Object.values(jobCalls)), 'identify' as const];
  return Object.fromEntries(kinds.map((kind) => [kind, run])) as unknown as Record<JobKind, JobRunner>;
}

const pausedCodes: Readonly<Record<string, ErrorCode>> = { 'disk-full': 'disk-full', offline: 'not-found' };

/** Puts a call into the queue of jobs. */
export function enqueueCall(
  { catalogue, jobs }: LibraryContext,
  call: LibraryCall,
  kind: JobKind,
  args: unknown,
): Job {
  const parameters: JobParameters = { call, args };
  const nameOf = (reference: string): string => nameFor(catalogue, reference);
  return jobs.enqueue(kind, null, jobTitle(call, args, nameOf), parameters);
}

/**
 * Runs a call as a job and waits for what comes of it. Whoever waits is told of what a job would wait for (a full
 * disk, a volume that is away) as a failure, and the job ends.
 */
export async function runAsJob(
  context: LibraryContext,
  call: LibraryCall,
  kind: JobKind,
  args: unknown,
  { signal, onProgress }: CallControl,
): Promise<unknown> {
  const { jobs } = context;
  const blocked = Promise.withResolvers<never>();
  blocked.promise.catch(() => undefined);
  const { id } = enqueueCall(context, call, kind, args);
  const told = (job: Job): void => {
    if (job.id !== id) return;
    const { phase, title, doneBytes, totalBytes, state, cause, sentence } = job;
    if (state === 'running' && phase !== null) onProgress?.({ phase, title, doneBytes, totalBytes });
    const code = state === 'paused' ? pausedCodes[cause ?? ''] : undefined;
    if (code) blocked.reject(new DeltashelfError(code, sentence ?? `${title} cannot go on.`));
  };
  const stop = jobs.onEvent(told);
  const cancel = (): void => void jobs.cancel(id).catch(() => undefined);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await Promise.race([jobs.result(id), blocked.promise]);
  } catch (error) {
    signal?.throwIfAborted();
    await jobs.cancel(id).catch(() => undefined);
    throw error;
  } finally {
    stop();
    signal?.removeEventListener('abort', cancel);
  }
}
