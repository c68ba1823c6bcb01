// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import LineageTree from '../../../src/renderer/charts/LineageTree.vue';
import type { LineageModel } from '../../../src/renderer/charts/lineage-graph.ts';
import { lineageModel, lineageParent } from './lineage-models.ts';

const family = [
  lineageModel(1, { relation: 'base', predictedBytes: null }),
  lineageModel(2, { parents: [lineageParent(1)] }),
  lineageModel(3, {
    parents: [lineageParent(1, { confidence: 0.5 })],
    state: 'stored',
    storedBytes: 2_000_000_000,
  }),
  lineageModel(4, {
    parents: [lineageParent(2, { weight: 0.6 }), lineageParent(3, { weight: 0.4 })],
  }),
];
const crowd = [
  lineageModel(1, { relation: 'base' }),
  ...Array.from({ length: 40 }, (_, at) => lineageModel(at + 2, { parents: [lineageParent(1)] })),
];

let close: () => void = () => undefined;
afterEach(() => close());

function show(models: readonly LineageModel[], props: Record<string, unknown> = {}) {
  const wrapper = mount(LineageTree, {
    props: { models, label: 'Lineage of model-1', ...props },
    attachTo: document.body,
  });
  close = () => wrapper.unmount();
  const item = (name: string) => wrapper.get(`[role="treeitem"][aria-label^="${name}"]`);
  const focused = () => document.activeElement?.getAttribute('aria-label')?.split(',')[0];
  return { wrapper, item, focused };
}

describe('the lineage as a drawing', () => {
  it('tells of each model all that is drawn', () => {
    const { wrapper } = show(family);
    expect(wrapper.findAll('[role="treeitem"]').map((item) => item.attributes('aria-label'))).toEqual([
      'model-1, 6.9 GB, base of 3',
      'model-2, 6.9 GB, about 1.0 GB as a delta, original, fine-tune of model-1',
      'model-4, 6.9 GB, about 1.0 GB as a delta, original, 0.6 model-2 + 0.4 model-3',
      'model-3, 6.9 GB, 2.0 GB as a delta, stored, fine-tune of model-1, not confirmed',
    ]);
    expect(wrapper.get('[role="group"]').attributes('aria-label')).toBe('Lineage of model-1');
  });

  it('begins each name with what is read in the box', () => {
    const { wrapper } = show(family);
    const plain = (text: string) =>
      text
        .replaceAll(/[^\w. ]/gu, '')
        .replaceAll(/ +/gu, ' ')
        .trim();
    for (const item of wrapper.findAll('[role="treeitem"]')) {
      const seen = [item.get('.name').text(), item.get('.figures').text()].map(plain).join(' ');
      expect(plain(item.attributes('aria-label') ?? '')).toContain(seen);
    }
  });

  it('says of each where it stands', () => {
    const { item } = show(family);
    expect(item('model-3').attributes()).toMatchObject({
      'aria-level': '2',
      'aria-posinset': '2',
      'aria-setsize': '2',
    });
  });

  it('draws what is not sure dashed, with a mark that can be pressed', async () => {
    const { wrapper } = show(family);
    expect(wrapper.findAll('path.unsure')).toHaveLength(1);
    const doubts = wrapper.findAll('button.doubt');
    expect(doubts.map((button) => button.attributes('aria-label'))).toEqual([
      'Not confirmed: model-3 from model-1',
    ]);
    await doubts[0]?.trigger('click');
    expect(wrapper.emitted('select-edge')).toEqual([[{ child: 3, parent: 1 }]]);
  });

  it('selects a line where it is pressed', async () => {
    const { wrapper } = show(family);
    expect(wrapper.findAll('path.merge.line')).toHaveLength(2);
    await wrapper.findAll('path.hit')[0]?.trigger('click');
    expect(wrapper.emitted('select-edge')).toEqual([[{ child: 2, parent: 1 }]]);
  });

  it('selects by a click and opens by a double click', async () => {
    const { wrapper, item } = show(family);
    await item('model-2').trigger('click');
    await item('model-2').trigger('dblclick');
    expect(wrapper.emitted('select-node')).toEqual([[2]]);
    expect(wrapper.emitted('open')).toEqual([[2]]);
  });

  it('has one stop of the tab key and goes on by arrows', async () => {
    const { wrapper, item, focused } = show(family);
    const stops = () =>
      wrapper.findAll('[tabindex="0"]').map((one) => one.attributes('aria-label')?.split(',')[0]);
    expect(stops()).toEqual(['model-1']);
    for (const [from, key, to] of [
      ['model-1', 'ArrowRight', 'model-2'],
      ['model-2', 'ArrowDown', 'model-3'],
      ['model-3', 'ArrowUp', 'model-2'],
      ['model-2', 'ArrowRight', 'model-4'],
      ['model-4', 'ArrowLeft', 'model-2'],
      ['model-2', 'End', 'model-3'],
      ['model-3', 'Home', 'model-1'],
    ] as const) {
      await item(from).trigger('keydown', { key });
      await wrapper.vm.$nextTick();
      expect(focused()).toBe(to);
      expect(stops()).toEqual([to]);
    }
    expect(wrapper.emitted('select-node')?.at(-1)).toEqual([1]);
  });

  it('opens with Enter and goes through the parents with e', async () => {
    const { wrapper, item } = show(family);
    await item('model-4').trigger('keydown', { key: 'Enter' });
    expect(wrapper.emitted('open')).toEqual([[4]]);
    await item('model-4').trigger('keydown', { key: 'e' });
    await wrapper.setProps({ selectedEdge: { child: 4, parent: 2 } });
    await item('model-4').trigger('keydown', { key: 'e' });
    expect(wrapper.emitted('select-edge')).toEqual([[{ child: 4, parent: 2 }], [{ child: 4, parent: 3 }]]);
  });

  it('leaves keys with modifiers to others', async () => {
    const { wrapper, item } = show(family);
    await item('model-2').trigger('keydown', { key: 'ArrowRight', ctrlKey: true });
    await item('model-2').trigger('keydown', { key: 'x' });
    expect(wrapper.emitted()).not.toHaveProperty('select-node');
  });

  it('opens and closes a stack where it stands, and keeps the focus there', async () => {
    const { wrapper, item, focused } = show(crowd);
    expect(item('33 more').text()).toContain('33 original');
    await item('model-1').trigger('keydown', { key: 'End' });
    await wrapper.vm.$nextTick();
    expect(focused()).toBe('33 more');
    await item('33 more').trigger('keydown', { key: 'ArrowRight' });
    expect(wrapper.findAll('[role="treeitem"]')).toHaveLength(42);
    expect(focused()).toBe('Show fewer');
    expect(item('Show fewer').attributes('aria-expanded')).toBe('true');
    await item('Show fewer').trigger('keydown', { key: 'Enter' });
    expect(item('33 more').attributes('aria-expanded')).toBe('false');
  });

  it('brings out of a stack what is selected, and leaves it out when the selection goes', async () => {
    const { wrapper, item } = show(crowd, { selectedNode: 41 });
    expect(item('model-41').attributes('aria-selected')).toBe('true');
    await wrapper.setProps({ selectedNode: 2 });
    expect(item('model-41').attributes('aria-selected')).toBe('false');
  });

  it('zooms by buttons, keys and wheel', async () => {
    const { wrapper, item } = show(family);
    const scale = () => /scale\((.+)\)/u.exec(wrapper.get('.plane').attributes('style') ?? '')?.[1];
    await wrapper.get('[aria-label="Zoom in"]').trigger('click');
    expect(scale()).toBe('1.2');
    expect(wrapper.get('output').text()).toBe('120 %');
    await wrapper.get('[aria-label="Zoom out"]').trigger('click');
    expect(scale()).toBe('1');
    await item('model-1').trigger('keydown', { key: '-' });
    expect(Number(scale())).toBeCloseTo(1 / 1.2);
    await wrapper.trigger('wheel', { deltaY: -100, ctrlKey: true });
    expect(Number(scale())).toBeGreaterThan(1 / 1.2);
  });

  it('begins anew with another family', async () => {
    const { wrapper, item } = show(crowd);
    await item('33 more').trigger('click');
    expect(wrapper.findAll('[role="treeitem"]')).toHaveLength(42);
    await wrapper.setProps({ label: 'Lineage of another' });
    expect(wrapper.findAll('[role="treeitem"]')).toHaveLength(9);
  });

  it('says in its legend only what is there', () => {
    const { wrapper } = show(family);
    expect(wrapper.get('.legend').text()).toContain('merge');
    expect(wrapper.get('.legend').text()).not.toContain('alike');
  });
});
