import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { JobSummary } from '../../shared/index.ts';
import { ask, failureOf, type CallFailure } from '../host/index.ts';

const ended: ReadonlySet<JobSummary['state']> = new Set(['done', 'failed', 'cancelled']);

/** Whether a job has come to its end. */
export function hasEnded({ state }: JobSummary): boolean {
  return ended.has(state);
}

/** Long work: what runs, waits, paused or ended. Kept up to date by events alone. */
export const useJobs = defineStore('jobs', () => {
  const byId = shallowRef<ReadonlyMap<number, JobSummary>>(new Map());
  const failure = shallowRef<CallFailure>();
  const endings = new Set<(job: JobSummary) => void>();

  const all = computed(() => [...byId.value.values()].sort((left, right) => right.id - left.id));
  const running = computed(() => all.value.filter(({ state }) => state === 'running'));
  /** What a person waits for, or what waits for a person. */
  const open = computed(() => all.value.filter((job) => !hasEnded(job)));
  const past = computed(() => all.value.filter(hasEnded));

  function put(jobs: readonly JobSummary[]): void {
    const next = new Map(byId.value);
    const over: JobSummary[] = [];
    for (const job of jobs) {
      const before = next.get(job.id);
      next.set(job.id, job);
      if (hasEnded(job) && !(before && hasEnded(before))) over.push(job);
    }
    byId.value = next;
    for (const job of over) for (const told of endings) told(job);
  }

  async function refresh(): Promise<void> {
    try {
      const { jobs } = await ask('jobs', {});
      byId.value = new Map(jobs.map((job) => [job.id, job]));
      failure.value = undefined;
    } catch (error) {
      failure.value = failureOf(error);
    }
  }

  async function control(id: number, action: 'cancel' | 'pause' | 'resume' | 'retry'): Promise<void> {
    const { jobs } = await ask('controlJob', { id, action });
    put(jobs);
  }

  /** Tells of each job that comes to its end from now on; the answer ends it. */
  function onEnded(told: (job: JobSummary) => void): () => void {
    endings.add(told);
    return () => void endings.delete(told);
  }

  return { all, running, open, past, byId, failure, put, refresh, control, onEnded };
});
