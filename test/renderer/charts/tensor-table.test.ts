// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import TensorTable from '../../../src/renderer/charts/TensorTable.vue';
import { arrangeTensors } from '../../../src/renderer/charts/tensor-rows.ts';
import { changedTensor, transformer } from './changed-tensors.ts';

let close: () => void = () => undefined;
beforeEach(() => {
  // What the list may show at once; the stand-in of a browser has no layout.
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(270);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(800);
});
afterEach(() => {
  close();
  vi.restoreAllMocks();
});

async function show(tensors = transformer(3), props: Record<string, unknown> = {}) {
  const wrapper = mount(TensorTable, { props: { tensors, ...props }, attachTo: document.body });
  close = () => wrapper.unmount();
  await wrapper.vm.$nextTick();
  const rows = () =>
    wrapper
      .findAll('.tr')
      .toSorted((a, b) => Number(a.attributes('aria-rowindex')) - Number(b.attributes('aria-rowindex')));
  const names = () => rows().map((row) => row.get('.name').text());
  return { wrapper, rows, names };
}

describe('arranging tensors', () => {
  const tensors = [
    changedTensor('layers.10.q', { change: 0.2 }),
    changedTensor('layers.2.q', { change: null }),
    changedTensor('layers.1.k', { change: 0.3 }),
    changedTensor('layers.3.k', { change: 0.2 }),
  ];
  const names = (words: string, column: 'name' | 'change', ascending: boolean) =>
    arrangeTensors(tensors, words, { column, ascending }).map(({ name }) => name);

  it('puts what is not known last, whichever way', () => {
    expect(names('', 'change', false)).toEqual(['layers.1.k', 'layers.3.k', 'layers.10.q', 'layers.2.q']);
    expect(names('', 'change', true)).toEqual(['layers.3.k', 'layers.10.q', 'layers.1.k', 'layers.2.q']);
  });

  it('takes numbers in names for numbers', () => {
    expect(names('', 'name', true)).toEqual(['layers.1.k', 'layers.2.q', 'layers.3.k', 'layers.10.q']);
  });

  it('finds names that have all words', () => {
    expect(names('K layers', 'name', true)).toEqual(['layers.1.k', 'layers.3.k']);
    expect(names(' ', 'name', true)).toHaveLength(4);
    expect(names('nothing', 'name', true)).toEqual([]);
  });
});

describe('the table of tensors', () => {
  it('shows the largest changes first and draws only what is seen', async () => {
    const { wrapper, names } = await show(transformer(200));
    expect(names()[0]).toBe('layers.199.down_proj');
    expect(names().length).toBeLessThan(40);
    expect(wrapper.get('[role="grid"]').attributes('aria-rowcount')).toBe(String(200 * 7 + 3));
    expect(wrapper.text()).toContain('801 changed, 601 equal');
  });

  it('sorts by a header, and turns at the second press', async () => {
    const { wrapper, names } = await show();
    const header = wrapper.get('[role="columnheader"].name');
    await header.get('button').trigger('click');
    expect(header.attributes('aria-sort')).toBe('ascending');
    expect(names()[0]).toBe('lm_head');
    await header.get('button').trigger('click');
    expect(header.attributes('aria-sort')).toBe('descending');
    expect(names()[0]).toBe('layers.2.q_proj');
  });

  it('filters by name and says how many are left', async () => {
    const { wrapper, names } = await show();
    await wrapper.get('input').setValue('q_proj');
    expect(names()).toHaveLength(6);
    expect(wrapper.text()).toContain('6 of 23');
    await wrapper.get('input').setValue('nothing like it');
    expect(wrapper.text()).toContain('No tensor is called like “nothing like it”.');
  });

  it('selects one by a click, more with Ctrl, none by a second click', async () => {
    const { wrapper, rows } = await show();
    await rows()[1]?.trigger('click');
    const first = (wrapper.emitted('select')?.[0]?.[0] ?? []) as string[];
    expect(first).toHaveLength(1);
    await wrapper.setProps({ selected: first });
    expect(rows()[1]?.attributes('aria-selected')).toBe('true');
    await rows()[2]?.trigger('click', { ctrlKey: true });
    expect(wrapper.emitted('select')?.at(-1)?.[0]).toHaveLength(2);
    await rows()[1]?.trigger('click');
    expect(wrapper.emitted('select')?.at(-1)).toEqual([[]]);
  });

  it('is gone through by keys', async () => {
    const { wrapper, rows } = await show();
    const focusedRow = () => document.activeElement?.getAttribute('aria-rowindex');
    await rows()[0]?.trigger('keydown', { key: 'ArrowDown' });
    await vi.waitFor(() => expect(focusedRow()).toBe('3'));
    await rows()[1]?.trigger('keydown', { key: 'Home' });
    await vi.waitFor(() => expect(focusedRow()).toBe('2'));
    expect(wrapper.findAll('.tr[tabindex="0"]')).toHaveLength(1);
    await rows()[0]?.trigger('keydown', { key: ' ' });
    expect(wrapper.emitted('select')).toHaveLength(1);
  });

  it('marks and says what the pointer is on', async () => {
    const { wrapper, rows } = await show(transformer(3), { hovered: ['lm_head.weight'] });
    expect(
      rows()
        .find((row) => row.text().startsWith('lm_head'))
        ?.classes(),
    ).toContain('is-hover');
    await rows()[0]?.trigger('pointerenter');
    expect(wrapper.emitted('hover')).toEqual([[['model.layers.2.down_proj.weight']]]);
  });
});
