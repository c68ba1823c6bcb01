// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import SizeStrip from '../../../src/renderer/charts/SizeStrip.vue';
import { stripOf, stripWords, sumStrips, type Strip } from '../../../src/renderer/charts/strip.ts';
import { modelStates } from '../../../src/shared/index.ts';

const model = {
  bytes: 6_900_000_000,
  storedBytes: null,
  predictedBytes: null,
  state: 'original',
  relation: 'fine-tune',
  lossy: false,
} as const;

const bytes = fc.integer({ min: 0, max: 10 ** 12 });
const models = fc.record({
  bytes,
  storedBytes: fc.option(bytes),
  predictedBytes: fc.option(bytes),
  state: fc.constantFrom(...modelStates),
  relation: fc.constantFrom('base', 'fine-tune', 'merge', 'adapter', 'alone'),
  lossy: fc.boolean(),
});

function drawn({ base, delta, close, predicted, original, missing }: Strip): number {
  return base + delta + close + predicted + original + missing;
}

describe('the strip', () => {
  it('never draws more than the full length, nor less than nothing', () => {
    fc.assert(
      fc.property(fc.array(models, { maxLength: 20 }), (several) => {
        const strips = several.map(stripOf);
        for (const strip of [...strips, sumStrips(strips)]) {
          expect(drawn(strip)).toBeLessThanOrEqual(strip.total);
          expect(Math.min(...(Object.values(strip) as number[]))).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it.each([
    ['a base', { relation: 'base' }, '6.9 GB: base 6.9 GB'],
    ['an original', {}, '6.9 GB: original 6.9 GB'],
    [
      'an original with a prediction',
      { predictedBytes: 2_400_000_000 },
      '6.9 GB: delta about 2.4 GB, original 6.9 GB',
    ],
    [
      'a compressed model',
      { state: 'compressed', storedBytes: 2_400_000_000 },
      '6.9 GB: delta 2.4 GB, original 6.9 GB',
    ],
    [
      'a model in quarantine, which frees nothing yet',
      { state: 'quarantined', storedBytes: 2_400_000_000 },
      '6.9 GB: delta 2.4 GB, original 6.9 GB',
    ],
    ['a stored model', { state: 'stored', storedBytes: 2_400_000_000 }, '6.9 GB: delta 2.4 GB, saved 4.5 GB'],
    [
      'a close copy',
      { state: 'stored', lossy: true, storedBytes: 400_000_000 },
      '6.9 GB: close copy 400.0 MB, saved 6.5 GB',
    ],
    ['a missing model, of which nothing is saved', { state: 'missing' }, '6.9 GB: missing 6.9 GB'],
    ['a model that is away', { state: 'offline' }, '6.9 GB: original 6.9 GB'],
    [
      'a model that is away, with a delta',
      { state: 'offline', storedBytes: 2_400_000_000 },
      '6.9 GB: delta 2.4 GB, saved 4.5 GB',
    ],
  ] as const)('tells of %s', (_, facts, words) => {
    expect(stripWords(stripOf({ ...model, ...facts }))).toBe(words);
  });

  it('draws parts in one order, as long as their bytes', () => {
    const strip = sumStrips([
      stripOf({ ...model, relation: 'base' }),
      stripOf({ ...model, state: 'compressed', storedBytes: 2_300_000_000 }),
      stripOf({ ...model, predictedBytes: 690_000_000 }),
    ]);
    const wrapper = mount(SizeStrip, { props: { strip } });
    const parts = wrapper.findAll('i').map((part) => [part.classes()[0], part.attributes('style')]);
    expect(parts).toEqual([
      ['base', 'width: 33.333%;'],
      ['stored', 'width: 11.111%;'],
      ['pred', 'width: 3.333%;'],
      ['orig', 'width: 52.222%;'],
    ]);
    expect(wrapper.attributes('role')).toBe('img');
    expect(wrapper.attributes('aria-label')).toBe(
      '20.7 GB: base 6.9 GB, delta 2.3 GB, delta about 690.0 MB, original 13.8 GB',
    );
  });

  it('draws nothing of nothing', () => {
    const wrapper = mount(SizeStrip, { props: { strip: sumStrips([]) } });
    expect(wrapper.findAll('i')).toHaveLength(0);
    expect(wrapper.attributes('aria-label')).toBe('0 bytes: nothing');
  });
});
