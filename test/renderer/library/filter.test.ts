import { describe, expect, it } from 'vitest';
import {
  dtypeFacets,
  familyFacets,
  relationFacets,
  stateFacets,
  toggled,
} from '../../../src/renderer/screens/library/facets.ts';
import { filterModels, isNarrowed, noFilter } from '../../../src/renderer/screens/library/filter.ts';
import { sortedRows } from '../../../src/renderer/screens/library/table-sort.ts';
import { makeModel } from '../make-model.ts';

const models = [
  makeModel({ id: 1, name: 'Llama-3 Chat', relation: 'base', bytes: 30 }),
  makeModel({ id: 2, name: 'llama-code', relation: 'fine-tune', state: 'stored', dtype: 'F16', bytes: 10 }),
  makeModel({ id: 3, name: 'chat code', relation: 'merge', state: 'stored', lossy: true, bytes: 20 }),
  makeModel({ id: 4, name: 'adapter-10', relation: 'adapter', familyId: 1, family: 'Llama', bytes: 5 }),
];

function found(text: string): number[] {
  return filterModels(models, { ...noFilter, text }).map(({ id }) => id);
}

describe('the filter of a list', () => {
  it('finds every word, in any order and case', () => {
    expect(found('CHAT llama')).toEqual([1]);
    expect(found('code')).toEqual([2, 3]);
  });

  it('takes a quoted text as it is', () => {
    expect(found('"chat code"')).toEqual([3]);
    expect(found('"code chat"')).toEqual([]);
  });

  it('finds types and kinds by their whole word', () => {
    expect(found('f16')).toEqual([2]);
    expect(found('merge')).toEqual([3]);
  });

  it('narrows by facets, several values of one being either', () => {
    const filter = { ...noFilter, states: new Set(['stored', 'close']) };
    expect(filterModels(models, filter).map(({ id }) => id)).toEqual([2, 3]);
    expect(filterModels(models, { ...filter, states: new Set(['stored']) }).map(({ id }) => id)).toEqual([2]);
    expect(isNarrowed(filter)).toBe(true);
  });

  it('leaves the list itself where nothing is narrowed', () => {
    expect(filterModels(models, { ...noFilter, text: '  ' })).toBe(models);
  });
});

describe('facets', () => {
  it('count what there is, and name no state that no model is in', () => {
    expect(stateFacets(models).map(({ value, count }) => [value, count])).toEqual([
      ['original', 2],
      ['stored', 1],
      ['close', 1],
    ]);
    expect(relationFacets(models).map(({ label, count }) => [label, count])).toEqual([
      ['Base', 1],
      ['Fine-tune', 1],
      ['Merge', 1],
      ['Adapter', 1],
    ]);
    expect(dtypeFacets(models).map(({ label, count }) => [label, count])).toEqual([
      ['bf16', 3],
      ['f16', 1],
    ]);
    expect(familyFacets(models).map(({ label, count }) => [label, count])).toEqual([
      ['Llama', 1],
      ['No base', 3],
    ]);
  });

  it('are switched on and off', () => {
    expect([...toggled(new Set(['a']), 'b')]).toEqual(['a', 'b']);
    expect([...toggled(new Set(['a', 'b']), 'a')]).toEqual(['b']);
  });
});

describe('the flat table', () => {
  it('sorts by a column both ways, equal ones as they come', () => {
    const byName = [4, 3, 1, 2].flatMap((id) => models.filter((model) => model.id === id));
    const ids = (column: 'bytes' | 'name' | 'folder' | 'dtype', down: boolean): number[] =>
      sortedRows(byName, { column, down }).map(({ model }) => model.id);
    expect(ids('bytes', true)).toEqual([1, 3, 2, 4]);
    expect(ids('bytes', false)).toEqual([4, 2, 3, 1]);
    expect(ids('name', false)).toEqual([4, 3, 1, 2]);
    expect(ids('name', true)).toEqual([2, 1, 3, 4]);
    expect(ids('dtype', true)).toEqual([2, 4, 3, 1]);
  });
});
