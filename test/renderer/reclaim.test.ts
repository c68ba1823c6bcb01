// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { purgeSums, rebuiltWords } from '../../src/renderer/dialogs/purge-words.ts';
import { groupsOf, planned, reclaimable, stayingOf } from '../../src/renderer/screens/reclaim/candidates.ts';
import { planSums, purgeableFrom } from '../../src/renderer/screens/reclaim/plan-sums.ts';
import { stepOf } from '../../src/renderer/screens/reclaim/quarantine-steps.ts';
import { sinceWords } from '../../src/renderer/words/index.ts';
import type { ReclaimResult } from '../../src/shared/index.ts';
import { models, now, quarantine, steps } from './fake-library.ts';

const at = new Date(now);
const [first, second] = quarantine.entries;

describe('what may go', () => {
  it('is what is compressed and verified, with nothing against it', () => {
    expect(reclaimable(models).map(({ id }) => id)).toEqual([2, 3, 5]);
  });

  it('is all in the plan, until a person chooses', () => {
    const candidates = reclaimable(models);
    expect(planned(candidates, null)).toBe(candidates);
    expect(planned(candidates, new Set())).toEqual([]);
    // What was chosen before and may not go any more is in no plan.
    expect(planned(candidates, new Set([3, 6])).map(({ id }) => id)).toEqual([3]);
  });

  it('is grouped by family, and its bytes add up', () => {
    const groups = groupsOf(reclaimable(models));
    expect(groups.map(({ name, models: its }) => [name, its.length])).toEqual([['sd_xl_base_1.0', 3]]);
    expect(groups[0]?.bytes).toBe(3 * 6_938_078_334);
  });

  it('says of what stays why it does', () => {
    expect(stayingOf(models).map(({ name, why }) => [name, why])).toEqual([
      ['sd_xl_base_1.0', 'base of 5, stays'],
      ['night-city-xl', 'on Atlas, not connected'],
      ['qwen-sales', 'changed since, left out'],
    ]);
  });
});

describe('the plan', () => {
  const row = {
    name: 'a',
    path: '/a',
    outcome: 'done',
    sentence: null,
    files: [{ path: '/a/x', bytes: 7 }],
    stay: ['c'],
    bytes: 7,
  } as const;
  const plan: ReclaimResult = {
    moved: false,
    models: [
      { ...row, files: [...row.files], stay: [...row.stay] },
      { ...row, path: '/b', outcome: 'refused', sentence: 'It is linked.', files: [], stay: [], bytes: 0 },
    ],
    bytes: 7,
  };

  it('counts what moves, what stays beside it and what is refused', () => {
    const sums = planSums(plan);
    expect(sums).toMatchObject({ bytes: 7, files: 1, stay: 1 });
    expect(sums.moving).toHaveLength(1);
    expect(sums.refused.map(({ sentence }) => sentence)).toEqual(['It is linked.']);
    expect(planSums(undefined)).toMatchObject({ bytes: 0, files: 0 });
  });

  it('knows from which day the space can be free', () => {
    expect(purgeableFrom(14, at)).toBe('5 December');
  });
});

describe('the quarantine', () => {
  it('finds the step that moved each entry', () => {
    expect(first && stepOf(first, steps)?.id).toBe('000001');
    expect(second && stepOf(second, steps)?.id).toBe('000003');
  });

  it('takes the step of the time where a model was moved twice, and none that cannot be taken back', () => {
    if (!first) throw new Error('no entry');
    const again = { ...first, createdAt: '2026-11-21T09:00:00.000Z' };
    const twice = [
      { ...steps[5], id: 'later', at: '2026-11-21T09:00:00.100Z' } as (typeof steps)[number],
      ...steps,
    ];
    expect(stepOf(again, twice)?.id).toBe('later');
    expect(stepOf(first, twice)?.id).toBe('000001');
    expect(
      stepOf(
        first,
        twice.map((step) => ({ ...step, undo: null })),
      ),
    ).toBeUndefined();
    expect(stepOf({ ...first, why: 'deleted' }, twice)).toBeUndefined();
  });

  it('says since when', () => {
    expect(first && sinceWords(first.createdAt, at)).toBe('since 5 Nov, 16 days');
    expect(sinceWords('2026-11-21T09:00:00.000Z', at)).toMatch(/^since today/);
  });
});

describe('a purge', () => {
  it('counts only what goes', () => {
    const plan = {
      purged: false,
      models: quarantine.entries.map(({ id, name, path, bytes, ripe }) => ({
        ...{ entry: id, name, path, bytes, sentence: null },
        outcome: ripe ? ('done' as const) : ('kept' as const),
      })),
      bytes: 0,
    };
    expect(purgeSums(plan)).toMatchObject({ count: 1, bytes: 6_938_078_334 });
    expect(purgeSums(undefined)).toMatchObject({ count: 0, bytes: 0 });
  });

  it('promises to rebuild only what has a delta, and names what has none', () => {
    const going = quarantine.entries.map((entry) => ({ ...entry, entry }));
    expect(rebuiltWords(going, [])).toContain('All can still be rebuilt');
    const deleted = going.map(({ entry, ...row }) => ({
      ...row,
      entry: { ...entry, why: 'deleted' as const },
    }));
    expect(rebuiltWords(deleted, [])).toBe(
      'legal-intake-v1 and 1 other cannot be rebuilt afterwards: no delta is stored.',
    );
    expect(
      rebuiltWords(
        deleted,
        deleted.map(({ path }) => ({ path, storedBytes: 5 })),
      ),
    ).toContain('can still be rebuilt');
  });
});
