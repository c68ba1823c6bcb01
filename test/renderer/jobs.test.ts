// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import {
  jobIcon,
  leftWords,
  phaseWordsOf,
  soFarWords,
  stopWords,
} from '../../src/renderer/screens/jobs/job-words.ts';
import { difference, outcomeWords } from '../../src/renderer/screens/jobs/outcome-rows.ts';
import { againstPlan, doneSoFar } from '../../src/renderer/screens/jobs/so-far.ts';
import { sortJobs } from '../../src/renderer/screens/jobs/sort-jobs.ts';
import type { CompressResult, JobSummary } from '../../src/shared/index.ts';
import { jobs, models, now } from './fake-library.ts';

const none: ReadonlySet<number> = new Set();
const at = new Date(now);

function job(id: number): JobSummary {
  const found = jobs.find((each) => each.id === id);
  if (!found) throw new Error(`no job ${id}`);
  return found;
}

function ids(list: readonly JobSummary[]): number[] {
  return list.map(({ id }) => id);
}

describe('the order of jobs', () => {
  it('puts what needs a person apart from what runs, waits and ended', () => {
    const sorted = sortJobs(jobs, none, at);
    expect(ids(sorted.running)).toEqual([4]);
    expect(ids(sorted.needsYou)).toEqual([5, 3]);
    expect(ids(sorted.waiting)).toEqual([6]);
    expect(ids(sorted.ended)).toEqual([2, 1]);
  });

  it('keeps what a person paused apart: it needs nobody', () => {
    const paused = sortJobs([{ ...job(5), cause: 'person' }], none, at);
    expect(ids(paused.paused)).toEqual([5]);
    expect(paused.needsYou).toEqual([]);
  });

  it('shows waiting jobs in the order in which they will run', () => {
    expect(ids(sortJobs([{ ...job(6), id: 8 }, job(6)], none, at).waiting)).toEqual([6, 8]);
  });

  it.each([
    ['dismissed', [job(3)], new Set([3])],
    ['older than a day', [{ ...job(3), endedAt: '2026-11-20T14:00:00.000Z' }], none],
    ['tried again since', [job(3), { ...job(3), id: 9, state: 'waiting' as const }], none],
  ])('puts a failure to what ended once it was %s', (_, list, dismissed) => {
    const sorted = sortJobs(list, dismissed, at);
    expect(sorted.needsYou).toEqual([]);
    expect(ids(sorted.ended)).toEqual([3]);
  });
});

describe('words of a job', () => {
  it('names every phase, and which one it is in', () => {
    expect(phaseWordsOf(job(4))).toEqual([
      { word: 'Plan', now: false },
      { word: 'Identify', now: false },
      { word: 'Encode', now: true },
      { word: 'Publish', now: false },
      { word: 'Verify', now: false },
    ]);
    expect(phaseWordsOf({ kind: 'check', phase: 'read-again' })).toEqual([{ word: 'Read-again', now: true }]);
  });

  it('says what is left only where it is known, and what is done always', () => {
    expect(leftWords(job(4))).toBe('about 6 min left');
    expect(leftWords(job(6))).toBe('');
    expect(soFarWords(job(4))).toBe('4 min so far · 2.9 GB of 6.9 GB · 236.0 MB/s');
    expect(soFarWords(job(6))).toBe('1 s so far');
  });

  it('says why one does not go on, in its own sentence where it has one', () => {
    expect(stopWords(job(5))).toContain('Connect Atlas');
    expect(stopWords({ ...job(5), sentence: null })).toContain('not connected');
    expect(stopWords({ ...job(5), sentence: null, cause: 'disk-full' })).toContain('disk is full');
  });

  it('has a picture for every kind, known or not', () => {
    expect(jobIcon({ kind: 'compress' })).toBe('library');
    expect(jobIcon({ kind: 'something new' })).toBe('jobs');
  });
});

describe('what came of a job', () => {
  const part = {
    ...{ name: 'a', path: '/a', sentence: null, parent: 'base' },
    outcome: 'done',
    ...{ originalBytes: 1000, storedBytes: 96, ratio: 0.096, verified: true, seconds: 2 },
  } as const;
  const result: CompressResult = {
    models: [
      part,
      {
        ...part,
        name: 'b',
        path: '/b',
        outcome: 'failed' as const,
        sentence: 'b cannot be read.',
        storedBytes: 0,
      },
      {
        ...part,
        name: 'c',
        path: '/c',
        outcome: 'kept' as const,
        sentence: 'Kept: nothing to gain.',
        storedBytes: 0,
      },
    ],
    ...{ originalBytes: 1000, storedBytes: 96, warnings: [], seconds: 2 },
  };

  it('measures against what was predicted', () => {
    const { line, rows } = outcomeWords({ call: 'compress', result }, new Map([['/a', 100]]));
    expect(line).toBe('1.0 kB as 96 bytes, 4.0 % under the prediction, 1 left out, 1 kept');
    expect(rows.map(({ words }) => words)).toEqual([
      'verified, identical',
      'b cannot be read.',
      'Kept: nothing to gain.',
    ]);
    expect(rows.map(({ tone }) => tone)).toEqual(['ok', 'danger', 'plain']);
    expect(rows[0]).toMatchObject({ predicted: 100, bytes: 96 });
    expect(rows[1]).toMatchObject({ predicted: null, bytes: null });
  });

  it('never calls identical what was not verified', () => {
    const stored = { ...result, models: [{ ...part, verified: false }] };
    expect(outcomeWords({ call: 'compress', result: stored }).rows[0]?.words).toBe(
      'stored, not verified yet',
    );
  });

  it('says nothing of a prediction that nobody made', () => {
    expect(outcomeWords({ call: 'compress', result }).line).not.toContain('prediction');
    expect(difference(0, 5)).toBeNull();
    expect(difference(1000, 1000)).toBe('as');
    expect(difference(100, 130)).toBe('30 % over');
  });

  it.each([
    ['verify', { models: [{ ...part, bytes: 5 }], seconds: 1 }, '1 delta identical'],
    [
      'reclaim',
      { moved: true, models: [{ ...part, files: [], stay: [], bytes: 5 }], bytes: 5 },
      '1 original, 5 bytes',
    ],
    ['purge', { purged: true, models: [{ ...part, bytes: 5 }], bytes: 5 }, 'freed 5 bytes'],
    [
      'reconstruct',
      { models: [{ ...part, output: '/x', bytes: 5 }], warnings: [], seconds: 1 },
      '5 bytes, identical',
    ],
    ['scan', { models: 8, added: 3, changed: 1, missing: 0 }, '8 models, 3 new, 1 changed'],
    ['delete', { entries: [], bytes: 5 }, '5 bytes in quarantine'],
    [
      'check',
      {
        ok: false,
        findings: [
          { name: 'a', ok: false, sentence: 'One chunk is damaged.', affected: [], repairableFrom: [] },
        ],
        seconds: 1,
      },
      '1 of 1 not right',
    ],
    ['something new', {}, ''],
  ])('says in a line what came of %s', (call, of, line) => {
    expect(outcomeWords({ call, result: of }).line).toBe(line);
  });
});

describe('a compression that runs', () => {
  it('knows what it has verified since it began', () => {
    const running = { ...job(4), createdAt: '2026-11-21T14:10:00.000Z' };
    const done = doneSoFar(running, models, new Map([['/models/juniper-xl-v4.safetensors', 2_400_000_000]]));
    expect(done.map(({ name }) => name).sort()).toEqual([
      'halation-mix-03',
      'juniper-xl-v4',
      'juniper-xl-v5',
    ]);
    expect(againstPlan(done)).toEqual({ predicted: 2_400_000_000, measured: 2_390_000_000 });
  });

  it('counts nothing that was verified before, nor for another kind of job', () => {
    expect(doneSoFar(job(4), models, new Map())).toEqual([]);
    expect(
      doneSoFar({ ...job(4), kind: 'verify', createdAt: '2026-11-21T14:10:00.000Z' }, models, new Map()),
    ).toEqual([]);
  });
});
