// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import HeatMap from '../../../src/renderer/charts/HeatMap.vue';
import type { ChangedTensor } from '../../../src/renderer/charts/heat-grid.ts';
import { changedTensor, transformer } from './changed-tensors.ts';

let close: () => void = () => undefined;
afterEach(() => close());

function show(tensors: readonly ChangedTensor[] = transformer(4), props: Record<string, unknown> = {}) {
  const wrapper = mount(HeatMap, {
    props: { tensors, ...props },
    attachTo: document.body,
  });
  close = () => wrapper.unmount();
  const cell = (title: string) => wrapper.get(`[role="gridcell"][aria-label^="${title}:"]`);
  const focused = () => document.activeElement?.getAttribute('aria-label')?.split(':')[0];
  return { wrapper, cell, focused };
}

describe('the heat map', () => {
  it('tells of each cell what its colour shows', () => {
    const { cell } = show();
    expect(cell('layer 3, down').attributes('aria-label')).toBe(
      'layer 3, down: changed by 0.400 % · 524.3 kB, delta 100.0 kB, 512 × 512 bf16 · 70.0 % of values equal',
    );
    expect(cell('layer 0, norms').classes()).toContain('heat-0');
    expect(cell('layer 3, down').classes()).toContain('heat-6');
  });

  it('has headers for layers and groups', () => {
    const { wrapper } = show();
    expect(wrapper.findAll('[role="columnheader"]').map((head) => head.text())).toEqual([
      'Group',
      'layer 0',
      'layer 1',
      'layer 2',
      'layer 3',
    ]);
    expect(wrapper.findAll('[role="rowheader"]').map((head) => head.text())).toContain('gate');
  });

  it('selects the tensors of a cell, and none where they were', async () => {
    const { wrapper, cell } = show();
    await cell('layer 1, norms').trigger('click');
    const names = ['model.layers.1.input_layernorm.weight', 'model.layers.1.post_layernorm.weight'];
    expect(wrapper.emitted('select')).toEqual([[names]]);
    await wrapper.setProps({ selected: names });
    expect(cell('layer 1, norms').attributes('aria-selected')).toBe('true');
    expect(wrapper.findAll('[aria-selected="true"]')).toHaveLength(1);
    await cell('layer 1, norms').trigger('keydown', { key: 'Enter' });
    expect(wrapper.emitted('select')?.at(-1)).toEqual([[]]);
  });

  it('has one stop of the tab key and is gone through by arrows, over gaps', async () => {
    const holes = [
      ...transformer(3).filter(({ name }) => name !== 'model.layers.1.q_proj.weight'),
      changedTensor('tail', { layer: 3, group: 'q' }),
    ];
    const { wrapper, cell, focused } = show(holes);
    expect(wrapper.findAll('[role="grid"] [tabindex="0"]')).toHaveLength(1);
    for (const [from, key, to] of [
      ['layer 0, q', 'ArrowRight', 'layer 2, q'],
      ['layer 2, q', 'ArrowDown', 'layer 2, k'],
      ['layer 2, k', 'End', 'layer 2, k'],
      ['layer 2, k', 'Home', 'layer 0, k'],
      ['layer 0, k', 'ArrowUp', 'layer 0, q'],
      ['layer 0, q', 'ArrowUp', 'layer 0, q'],
      ['layer 0, q', 'ArrowLeft', 'layer 0, q'],
    ] as const) {
      (cell(from).element as HTMLElement).focus();
      await cell(from).trigger('keydown', { key });
      await wrapper.vm.$nextTick();
      expect(focused(), `${key} from ${from}`).toBe(to);
      expect(wrapper.findAll('[role="grid"] [tabindex="0"]')).toHaveLength(1);
    }
  });

  it('shows bytes of the delta at will, with thresholds of their own', async () => {
    const { wrapper, cell } = show(
      transformer(4).map((tensor) => ({
        ...tensor,
        storedBytes: tensor.layer === 0 ? null : tensor.storedBytes,
      })),
    );
    const legend = () => wrapper.get('.legend').text();
    expect(legend()).toContain('equal');
    expect(legend()).toContain('%');
    await wrapper.findAll('.seg button')[1]?.trigger('click');
    expect(legend()).toContain('kB');
    expect(legend()).toContain('not known');
    expect(cell('layer 0, q').classes()).toContain('heat-unknown');
  });

  it('shows a note at the pointer and at the focus, and says what it is on', async () => {
    const { wrapper, cell } = show();
    await cell('layer 2, q').trigger('pointerenter');
    expect(wrapper.get('.tip').text()).toContain('model.layers.2.q_proj.weight');
    expect(wrapper.emitted('hover')).toEqual([[['model.layers.2.q_proj.weight']]]);
    await wrapper.get('[role="grid"]').trigger('pointerleave');
    expect(wrapper.find('.tip').exists()).toBe(false);
    expect(wrapper.emitted('hover')?.at(-1)).toEqual([[]]);
    await cell('layer 2, norms').trigger('focus');
    expect(wrapper.get('.tip').text()).toContain('layer 2, norms');
    await wrapper.trigger('keydown', { key: 'Escape' });
    expect(wrapper.find('.tip').exists()).toBe(false);
  });

  it('shows what belongs to no layer below', async () => {
    const { wrapper } = show();
    const chips = wrapper.findAll('.loose');
    expect(chips.map((chip) => chip.text())).toEqual(['embed_tokens equal', 'lm_head 0.210 %']);
    await chips[1]?.trigger('click');
    expect(wrapper.emitted('select')).toEqual([[['lm_head.weight']]]);
  });

  it('marks what the pointer is on elsewhere', () => {
    const { cell } = show(transformer(2), { hovered: ['model.layers.1.k_proj.weight'] });
    expect(cell('layer 1, k').classes()).toContain('marked');
    expect(cell('layer 0, k').classes()).not.toContain('marked');
  });

  it('draws nothing of nothing', () => {
    const { wrapper } = show([]);
    expect(wrapper.findAll('[role="gridcell"]')).toHaveLength(0);
  });
});
