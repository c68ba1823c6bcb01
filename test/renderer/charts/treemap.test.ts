// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import SizeTreemap from '../../../src/renderer/charts/SizeTreemap.vue';
import {
  layoutTreemap,
  tileAfterKey,
  type TreemapGroup,
} from '../../../src/renderer/charts/treemap-layout.ts';
import type { Area } from '../../../src/renderer/charts/view.ts';

function makeGroups(sizes: readonly (readonly number[])[]): TreemapGroup[] {
  return sizes.map((own, at) => ({
    id: at + 1,
    name: `family-${at + 1}`,
    bytes: own.reduce((sum, bytes) => sum + bytes, 0),
    models: own.map((bytes, index) => ({
      id: (at + 1) * 100 + index,
      name: `model-${at + 1}-${index}`,
      bytes,
    })),
  }));
}

const arbitraryGroups = fc
  .array(fc.array(fc.integer({ min: 0, max: 10 ** 11 }), { minLength: 1, maxLength: 12 }), { maxLength: 6 })
  .map(makeGroups);

describe('layout of the treemap', () => {
  it('has every model once, inside its family, and none over another', () => {
    fc.assert(
      fc.property(arbitraryGroups, (groups) => {
        const { tiles, groups: placed } = layoutTreemap(groups, { width: 760, height: 600 });
        expect(tiles.map(({ model }) => model.id).toSorted((a, b) => a - b)).toEqual(
          groups.flatMap(({ models }) => models.map(({ id }) => id)),
        );
        const outside = tiles.filter((tile) => {
          const home = placed.find(({ group }) => group.models.includes(tile.model));
          return home === undefined || !contains(home, tile);
        });
        expect(outside).toEqual([]);
        const over = tiles.filter((tile) => tiles.some((other) => other !== tile && overlap(tile, other)));
        expect(over).toEqual([]);
      }),
    );
  });

  it('gives areas in proportion to bytes', () => {
    const { tiles } = layoutTreemap(makeGroups([[400, 200, 100]]), { width: 700, height: 620 });
    const [large, middle, small] = tiles.map(({ width, height }) => width * height);
    expect((large ?? 0) / (middle ?? 1)).toBeCloseTo(2, 1);
    expect((middle ?? 0) / (small ?? 1)).toBeCloseTo(2, 1);
  });

  it('takes a frame of no size', () => {
    expect(layoutTreemap(makeGroups([[1, 2]]), { width: 0, height: 0 }).tiles).toHaveLength(2);
  });

  it('is gone through from any tile to any other', () => {
    fc.assert(
      fc.property(arbitraryGroups, (groups) => {
        const { tiles } = layoutTreemap(groups, { width: 760, height: 600 });
        const [first] = tiles.filter(({ width, height }) => width > 0 && height > 0);
        if (first === undefined) return;
        const reached = new Set([first]);
        for (const tile of reached) {
          for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown']) {
            const next = tileAfterKey(tiles, tile, key);
            if (next) reached.add(next);
          }
        }
        const large = tiles.filter(({ width, height }) => width > 20 && height > 20);
        const missed = large.filter((tile) => !reached.has(tile));
        expect(missed.map(({ model }) => model.name)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the treemap', () => {
  let close: () => void = () => undefined;
  beforeEach(() => {
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(760);
    vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600);
  });
  afterEach(() => {
    close();
    vi.restoreAllMocks();
  });
  async function show(chosen: readonly number[]) {
    const wrapper = mount(SizeTreemap, {
      props: { groups: makeGroups([[6e9, 5e9, 4e9], [3e9]]), chosen: new Set(chosen), label: 'Originals' },
      attachTo: document.body,
    });
    close = () => wrapper.unmount();
    await wrapper.vm.$nextTick();
    const tile = (name: string) => wrapper.get(`[role="checkbox"][aria-label^="${name},"]`);
    return { wrapper, tile };
  }

  it('says of each model its size and whether it is in the plan', async () => {
    const { wrapper, tile } = await show([100]);
    expect(wrapper.findAll('[role="checkbox"]')).toHaveLength(4);
    expect(tile('model-1-0').attributes()).toMatchObject({
      'aria-label': 'model-1-0, 6.0 GB',
      'aria-checked': 'true',
      title: 'model-1-0, 6,000,000,000 bytes',
    });
    expect(tile('model-2-0').attributes('aria-checked')).toBe('false');
    expect(wrapper.text()).toContain('family-1');
  });

  it('puts into the plan and takes out, by click and by space', async () => {
    const { wrapper, tile } = await show([100]);
    await tile('model-2-0').trigger('click');
    await tile('model-1-0').trigger('keydown', { key: ' ' });
    expect(wrapper.emitted('set')).toEqual([[new Set([100, 200])], [new Set()]]);
  });

  it('has one stop of the tab key, which arrows move', async () => {
    const { wrapper, tile } = await show([]);
    const stops = () => wrapper.findAll('[tabindex="0"]').map((one) => one.attributes('aria-label'));
    expect(stops()).toEqual(['model-1-0, 6.0 GB']);
    await tile('model-1-0').trigger('keydown', { key: 'End' });
    await wrapper.vm.$nextTick();
    expect(stops()).toEqual(['model-2-0, 3.0 GB']);
    expect(document.activeElement?.getAttribute('aria-label')).toBe('model-2-0, 3.0 GB');
    await tile('model-2-0').trigger('keydown', { key: 'a', ctrlKey: true });
    expect(wrapper.emitted()).not.toHaveProperty('set');
  });
});

function contains(a: Area, b: Area): boolean {
  return a.x <= b.x && a.y <= b.y && a.x + a.width >= b.x + b.width && a.y + a.height >= b.y + b.height;
}

function overlap(a: Area, b: Area): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
