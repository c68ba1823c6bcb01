import { afterEach, describe, expect, it } from 'vitest';
import {
  about,
  bytes,
  exactBytes,
  lasted,
  plural,
  recipeWords,
  sizeStyle,
  times,
  when,
} from '../../../src/renderer/words/index.ts';
import { makeModel, parent } from '../make-model.ts';

afterEach(() => {
  sizeStyle.value = { units: 'decimal', exact: false };
});

describe('sizes in words', () => {
  it('are decimal with one decimal, and say bytes below a thousand', () => {
    expect([0, 999, 1000, 83_400_000_000, 999_960_000].map(bytes)).toEqual([
      '0 bytes',
      '999 bytes',
      '1.0 kB',
      '83.4 GB',
      '1.0 GB',
    ]);
  });

  it('are binary, or exact, where a person chose so', () => {
    sizeStyle.value = { units: 'binary', exact: false };
    expect(bytes(1024 ** 3)).toBe('1.0 GiB');
    sizeStyle.value = { units: 'decimal', exact: true };
    expect(bytes(6_938_078_334)).toBe('6,938,078,334');
    expect(exactBytes(1234)).toBe('1,234');
  });

  it('say how many times smaller', () => {
    expect([times(6900, 2400), times(100, 1), times(5_000_000, 1), times(5, 0)]).toEqual([
      '2.9×',
      '100×',
      '>999×',
      '',
    ]);
  });
});

describe('times in words', () => {
  it('round so that nothing flickers', () => {
    expect([3, 12, 47, 200, 7500].map(about)).toEqual([
      'a few seconds',
      'about 20 s',
      'about 50 s',
      'about 3 min',
      'about 2 h 5 min',
    ]);
    expect([0.2, 42, 660, 7200].map(lasted)).toEqual(['1 s', '42 s', '11 min', '2 h']);
  });

  it('name the day unless it is today', () => {
    const now = new Date(2026, 10, 20, 15);
    expect(when(new Date(2026, 10, 20, 14, 2).toISOString(), now)).toBe('today 14:02');
    expect(when(new Date(2026, 10, 18, 14, 2).toISOString(), now)).toBe('18 Nov');
    expect(when(new Date(2025, 5, 3).toISOString(), now)).toBe('3 Jun 2025');
  });
});

describe('recipes in words', () => {
  it('name the parents, with their shares where there are several', () => {
    const merge = makeModel({ id: 3, relation: 'merge', parents: [parent(1, 0.6), parent(2, 0.4)] });
    expect(recipeWords(merge)).toBe('0.6 model-1 + 0.4 model-2');
    expect(recipeWords(makeModel({ id: 3, relation: 'fine-tune', parents: [parent(1)] }))).toBe(
      'fine-tune of model-1',
    );
    expect(recipeWords(makeModel({ id: 3, relation: 'adapter', parents: [parent(1)] }))).toBe(
      'adapter for model-1',
    );
    expect(recipeWords(makeModel({ id: 1, relation: 'base' }), 5)).toBe('base of 4');
    expect(recipeWords(makeModel({ id: 1 }))).toBe('no base found');
    expect(recipeWords(makeModel({ id: 2, familyId: 1, relation: 'fine-tune' }))).toBe(
      'a relative, direction not known',
    );
  });

  it('count in the singular and in the plural', () => {
    expect([plural(1, 'model'), plural(1200, 'model'), plural(2, 'family', 'families')]).toEqual([
      '1 model',
      '1,200 models',
      '2 families',
    ]);
  });
});
