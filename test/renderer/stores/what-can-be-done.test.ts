import { describe, expect, it } from 'vitest';
import { whatCanBeDone } from '../../../src/renderer/stores/what-can-be-done.ts';
import { makeModel } from '../make-model.ts';

const base = makeModel({ id: 1, relation: 'base' });
const tuned = makeModel({
  id: 2,
  relation: 'fine-tune',
  bytes: 2000,
  predictedBytes: 500,
  freesBytes: 1500,
});
const compressed = makeModel({ id: 3, state: 'compressed', storedBytes: 400, freesBytes: 2000 });
const stored = makeModel({ id: 4, state: 'stored', storedBytes: 400 });
const away = makeModel({ id: 5, state: 'offline', awayOn: 'Atlas' });
const linked = makeModel({ id: 6, state: 'compressed', storedBytes: 300, blocked: 'its files are links' });

function ids(models: readonly { readonly id: number }[]): number[] {
  return models.map(({ id }) => id);
}

describe('what can be done with a selection', () => {
  it('compresses originals that get smaller, and says what is left out and why', () => {
    const doable = whatCanBeDone([base, tuned, away, stored], true);
    expect(ids(doable.compress)).toEqual([2]);
    expect(doable.leftOut.map(({ why, models }) => [why, ids(models)])).toEqual([
      ['a base, stays whole', [1]],
      ['not connected', [5]],
    ]);
    expect(doable).toMatchObject({
      originalBytes: 2000,
      predictedBytes: 500,
      freesBytes: 1500,
      predicted: true,
    });
  });

  it('does not wait for predictions where a parent is known', () => {
    const early = makeModel({ id: 7, relation: 'fine-tune' });
    expect(ids(whatCanBeDone([early], false).compress)).toEqual([7]);
    expect(whatCanBeDone([early], false).predicted).toBe(false);
    expect(ids(whatCanBeDone([early], true).compress)).toEqual([]);
    expect(ids(whatCanBeDone([makeModel({ id: 8 })], false).compress)).toEqual([]);
  });

  it('compresses again what changed since', () => {
    const changed = makeModel({ id: 9, state: 'changed', storedBytes: 300, relation: 'fine-tune' });
    expect(ids(whatCanBeDone([changed], true).compress)).toEqual([9]);
  });

  it('reclaims only verified originals that nothing holds', () => {
    const doable = whatCanBeDone([compressed, stored, linked, tuned], true);
    expect(ids(doable.reclaim)).toEqual([3]);
    expect(doable.reclaimBytes).toBe(2000);
  });

  it('reconstructs what is only a delta, and verifies all that is one', () => {
    const doable = whatCanBeDone([compressed, stored, tuned], true);
    expect(ids(doable.reconstruct)).toEqual([4]);
    expect(ids(doable.verify)).toEqual([3, 4]);
  });
});
