// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import LineageOutline from '../../../src/renderer/charts/LineageOutline.vue';
import type { LineageModel } from '../../../src/renderer/charts/lineage-graph.ts';
import { outlineRows } from '../../../src/renderer/charts/outline-rows.ts';
import { lineageModel, lineageParent, lineages } from './lineage-models.ts';

const family = [
  lineageModel(1, { relation: 'base', predictedBytes: null }),
  lineageModel(2, { parents: [lineageParent(1)] }),
  lineageModel(3, {
    parents: [lineageParent(1, { confidence: 0.5 })],
    state: 'stored',
    storedBytes: 2_000_000_000,
  }),
  lineageModel(4, { parents: [lineageParent(2, { weight: 0.6 }), lineageParent(3, { weight: 0.4 })] }),
];

describe('rows of an outline', () => {
  it('has every model once, and points to it below each other parent', () => {
    fc.assert(
      fc.property(lineages(60), (models) => {
        const rows = outlineRows(models, new Set());
        const own = rows.filter(({ kind }) => kind === 'model').map(({ model }) => model.id);
        expect(own.toSorted((a, b) => a - b)).toEqual(models.map(({ id }) => id));
        const others = models.reduce((sum, { parents }) => sum + Math.max(0, parents.length - 1), 0);
        expect(rows).toHaveLength(models.length + others);
        expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
      }),
    );
  });

  it('draws as many guides as there are levels above, and ends each level once', () => {
    fc.assert(
      fc.property(lineages(60), (models) => {
        for (const { depth, guides, at, of, last } of outlineRows(models, new Set())) {
          expect(guides).toHaveLength(Math.max(0, depth - 1));
          expect(last).toBe(at === of);
        }
      }),
    );
  });

  it('leaves out what is below a closed model', () => {
    const rows = outlineRows(family, new Set([2]));
    expect(rows.map(({ key, open }) => [key, open])).toEqual([
      ['model 1', true],
      ['model 2', false],
      ['model 3', true],
      ['again 3 4', false],
    ]);
  });
});

describe('the lineage as an outline', () => {
  let close: () => void = () => undefined;
  beforeEach(() => {
    vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(560);
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900);
  });
  afterEach(() => {
    close();
    vi.restoreAllMocks();
  });
  async function show(models: readonly LineageModel[] = family, props: Record<string, unknown> = {}) {
    const wrapper = mount(LineageOutline, {
      props: { models, label: 'Lineage of model-1', ...props },
      attachTo: document.body,
    });
    close = () => wrapper.unmount();
    await wrapper.vm.$nextTick();
    const rows = () =>
      wrapper
        .findAll('[role="row"]:not(.th)')
        .toSorted((a, b) => Number(a.attributes('aria-rowindex')) - Number(b.attributes('aria-rowindex')));
    const texts = () =>
      rows().map((row) => row.findAll('[role="rowheader"], [role="gridcell"]').map((cell) => cell.text()));
    const focused = () => document.activeElement?.getAttribute('aria-rowindex');
    const press = async (index: number, key: string) => {
      await rows()[index]?.trigger('keydown', { key });
      await wrapper.vm.$nextTick();
      await wrapper.vm.$nextTick();
    };
    return { wrapper, rows, texts, focused, press };
  }

  it('has what the drawing has, in words and figures', async () => {
    const { texts } = await show();
    expect(texts()).toEqual([
      ['model-1', 'base of 3', 'Base', '6.9 GB', '', '', ''],
      ['model-2', 'fine-tune', 'Original', '6.9 GB', '1.0 GB', 'measured, 97 %', 'accepted'],
      [
        'model-4',
        '0.6 model-2 + 0.4 model-3',
        'Original',
        '6.9 GB',
        '1.0 GB',
        'measured, 97 %',
        'accepted, 2 parents',
      ],
      [
        'model-3',
        'fine-tune',
        'Stored',
        '6.9 GB',
        '2.0 GB',
        'measured, 50 %',
        'Confirm the parent of model-3 Change… the parent of model-3',
      ],
      ['model-4', 'another parent of it, see above or below'],
    ]);
  });

  it('says of each row its level, its place and whether it is open', async () => {
    const { rows } = await show();
    expect(rows()[2]?.attributes()).toMatchObject({
      'aria-level': '3',
      'aria-posinset': '1',
      'aria-setsize': '1',
    });
    expect(rows()[0]?.attributes('aria-expanded')).toBe('true');
    expect(rows()[2]?.attributes()).not.toHaveProperty('aria-expanded');
  });

  it('lets a person confirm or change a parent that is not sure', async () => {
    const { wrapper } = await show();
    const [confirm, change] = wrapper.findAll('button');
    await confirm?.trigger('click');
    await change?.trigger('click');
    expect(wrapper.emitted('confirm')).toEqual([[3]]);
    expect(wrapper.emitted('change')).toEqual([[3]]);
    expect(wrapper.emitted()).not.toHaveProperty('select-node');
  });

  it('has one stop of the tab key, which keys move, and the selection with it', async () => {
    const { wrapper, rows, focused, press } = await show();
    await press(0, 'ArrowDown');
    expect(focused()).toBe('3');
    await press(1, 'ArrowRight');
    expect(focused()).toBe('4');
    await press(2, 'ArrowLeft');
    expect(focused()).toBe('3');
    await press(1, 'End');
    expect(focused()).toBe('6');
    expect(rows().filter((row) => row.attributes('tabindex') === '0')).toHaveLength(1);
    expect(wrapper.emitted('select-node')).toEqual([[2], [4], [2], [4]]);
    await press(4, 'Enter');
    expect(wrapper.emitted('open')).toEqual([[4]]);
  });

  it('closes and opens what stands below', async () => {
    const { rows, press } = await show();
    await press(0, 'ArrowLeft');
    expect(rows()).toHaveLength(1);
    await press(0, 'ArrowRight');
    expect(rows()).toHaveLength(5);
    await rows()[1]?.get('.tw').trigger('click');
    expect(rows()[1]?.attributes('aria-expanded')).toBe('false');
  });

  it('leaves keys on its buttons to them', async () => {
    const { wrapper } = await show();
    await wrapper.findAll('button')[0]?.trigger('keydown', { key: 'Enter' });
    expect(wrapper.emitted()).not.toHaveProperty('open');
  });

  it('goes to the name that is typed', async () => {
    const { focused, press } = await show(
      family.map((model) => ({ ...model, name: `${'abcd'[model.id - 1] ?? ''}-name` })),
    );
    await press(0, 'c');
    expect(focused()).toBe('5');
  });

  it('opens what hides the model that is selected elsewhere', async () => {
    const { wrapper, rows, press } = await show();
    await press(0, 'ArrowLeft');
    await wrapper.setProps({ selectedNode: 3 });
    await wrapper.vm.$nextTick();
    expect(rows()).toHaveLength(5);
    expect(
      rows()
        .find((row) => row.attributes('tabindex') === '0')
        ?.text(),
    ).toContain('model-3');
    expect(rows().filter((row) => row.attributes('aria-selected') === 'true')).toHaveLength(1);
  });

  it('draws of many only those that are seen', async () => {
    const { wrapper, rows } = await show([
      lineageModel(1, { relation: 'base' }),
      ...Array.from({ length: 1000 }, (_, at) => lineageModel(at + 2, { parents: [lineageParent(1)] })),
    ]);
    expect(rows().length).toBeLessThan(60);
    expect(wrapper.attributes('aria-rowcount')).toBe('1002');
  });
});
