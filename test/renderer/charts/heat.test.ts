import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heatGrid } from '../../../src/renderer/charts/heat-grid.ts';
import { heatScale, heatStep } from '../../../src/renderer/charts/heat-scale.ts';
import { cellLines, changeWords, equalWords, shortName } from '../../../src/renderer/charts/heat-words.ts';
import { changedTensor, transformer } from './changed-tensors.ts';

const values = fc.array(fc.option(fc.double({ min: 0, max: 10, noNaN: true })), { maxLength: 200 });

describe('the scale of the heat map', () => {
  it('rises, and keeps equal and unknown apart from all changes', () => {
    fc.assert(
      fc.property(values, (list) => {
        const scale = heatScale(list);
        expect(scale.thresholds.toSorted((a, b) => a - b)).toEqual(scale.thresholds);
        expect(scale.thresholds.length).toBeLessThanOrEqual(5);
        for (const value of list) {
          const step = heatStep(scale, value);
          if (value === null) expect(step).toBeNull();
          else if (value === 0) expect(step).toBe(0);
          else expect(step).toBeGreaterThanOrEqual(1);
        }
      }),
    );
  });

  it('never gives a larger change a paler step', () => {
    fc.assert(
      fc.property(values, (list) => {
        const scale = heatScale(list);
        const known = list.filter((value) => value !== null).toSorted((a, b) => a - b);
        const shades = known.map((value) => heatStep(scale, value) ?? 0);
        expect(shades.toSorted((a, b) => a - b)).toEqual(shades);
      }),
    );
  });

  it('is not flattened by outliers', () => {
    const plain = Array.from({ length: 100 }, (_, at) => 0.001 + at * 0.0001);
    const steps = (list: readonly number[]) =>
      new Set(plain.map((value) => heatStep(heatScale(list), value)));
    expect(steps([...plain, 50, 80]).size).toBe(steps(plain).size);
    expect(steps(plain).size).toBe(6);
  });

  it('uses every step over five decimal orders', () => {
    const wide = Array.from({ length: 60 }, (_, at) => 10 ** (-6 + at / 12));
    expect(new Set(wide.map((value) => heatStep(heatScale(wide), value))).size).toBe(6);
  });

  it('gives one step to what is all alike, and it is not the darkest', () => {
    const scale = heatScale([0, 0.01, 0.01, 0.01]);
    expect(heatStep(scale, 0.01)).toBeGreaterThan(1);
    expect(heatStep(scale, 0.01)).toBeLessThan(6);
    expect(heatScale([0, 0, null]).thresholds).toEqual([]);
  });
});

describe('the grid of the heat map', () => {
  it('has each tensor in one cell', () => {
    const facts = fc.record({
      layer: fc.option(fc.nat(90)),
      group: fc.oneof(fc.constantFrom('q', 'k', 'norm', 'down', 'bias'), fc.string({ maxLength: 3 })),
      bias: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 120 }), (list) => {
        const tensors = list.map(({ layer, group, bias }, at) =>
          changedTensor(`t${at}.${bias ? 'bias' : 'weight'}`, { layer, group }),
        );
        const { rows, loose, layers } = heatGrid(tensors);
        const cells = [...rows.flatMap(({ cells: own }) => own), ...loose].filter((cell) => cell !== null);
        const names = cells.flatMap((cell) => cell.tensors.map(({ name }) => name));
        expect(names.toSorted()).toEqual(tensors.map(({ name }) => name).toSorted());
        expect(rows.length).toBeLessThanOrEqual(layers.length === 0 ? 3 : 14);
        if (layers.length > 0) for (const row of rows) expect(row.cells).toHaveLength(layers.length);
      }),
    );
  });

  it('puts groups in the order in which a layer works, biases and norms last', () => {
    const { rows, layers, loose } = heatGrid(transformer(3));
    expect(rows.map(({ name }) => name)).toEqual(['q', 'k', 'gate', 'down', 'biases', 'norms']);
    expect(layers).toEqual([0, 1, 2]);
    expect(loose.map(({ title }) => title)).toEqual(['model.embed_tokens.weight', 'lm_head.weight']);
    expect(rows.at(-1)?.cells[0]).toMatchObject({ change: 0, equal: 1, bytes: 2048, tensors: { length: 2 } });
  });

  it('leaves gaps where a layer has no such tensor', () => {
    const { rows, layers } = heatGrid([
      changedTensor('a', { layer: 4, group: 'q' }),
      changedTensor('b', { layer: 9, group: 'router' }),
    ]);
    expect(layers).toEqual([4, 9]);
    expect(rows.map(({ name, cells }) => [name, cells.map((cell) => cell?.title ?? null)])).toEqual([
      ['q', ['layer 4, q', null]],
      ['router', [null, 'layer 9, router']],
    ]);
  });

  it('shows models without layers as their tensors in order', () => {
    const { rows, layers, loose } = heatGrid(
      Array.from({ length: 90 }, (_, at) => changedTensor(`conv${at}`)),
    );
    expect(layers).toEqual([]);
    expect(loose).toEqual([]);
    expect(rows.map(({ name, cells }) => [name, cells.length])).toEqual([
      ['1', 40],
      ['41', 40],
      ['81', 10],
    ]);
  });

  it('weighs shares of equal values by bytes and takes the largest change', () => {
    const norms = [
      changedTensor('a', { layer: 0, group: 'norm', equal: 1, bytes: 300, change: 0, storedBytes: 1 }),
      changedTensor('b', { layer: 0, group: 'norm', equal: 0, bytes: 100, change: 0.5, storedBytes: null }),
    ];
    const [row] = heatGrid(norms).rows;
    expect(row?.cells[0]).toMatchObject({ equal: 0.75, change: 0.5, deltaBytes: 1, bytes: 400 });
  });
});

describe('words of the heat map', () => {
  it.each([
    [null, 'not known'],
    [0, 'equal'],
    [0.0111, '1.11 %'],
    [0.01, '1.00 %'],
    [1e-7, 'under 0.001 %'],
    [12.5, '1,250 %'],
  ])('say a change of %s as %s', (change, words) => {
    expect(changeWords(change)).toBe(words);
  });

  it('never say that all is equal when nearly all is', () => {
    expect(equalWords(0.99999)).toBe('99.9 %');
    expect(equalWords(1)).toBe('100 %');
    expect(equalWords(null)).toBe('');
  });

  it('tell what is known of a cell', () => {
    const [row] = heatGrid([changedTensor('a', { layer: 0, group: 'q' })]).rows;
    const cell = row?.cells[0];
    expect(cell && cellLines(cell)).toEqual([
      'changed by 1.00 % · 524.3 kB, delta 100.0 kB',
      '512 × 512 bf16 · 70.0 % of values equal',
    ]);
    const several = heatGrid(transformer(1)).rows.at(-1)?.cells[0];
    expect(several && cellLines(several)).toEqual([
      'equal · 2.0 kB, delta 0 bytes',
      '2 tensors · 100 % of values equal',
    ]);
  });

  it('shorten names to what tells them apart', () => {
    expect(shortName('model.layers.19.mlp.down_proj.weight')).toBe('layers.19.mlp.down_proj');
    expect(shortName('model.layers.19.q_proj.bias')).toBe('layers.19.q_proj.bias');
    expect(shortName('conv_in.weight')).toBe('conv_in');
  });
});
