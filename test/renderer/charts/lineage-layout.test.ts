import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphLineage, type LineageModel } from '../../../src/renderer/charts/lineage-graph.ts';
import {
  layoutLineage,
  type LineageLayout,
  type LineageNode,
} from '../../../src/renderer/charts/lineage-layout.ts';
import { seenPart } from '../../../src/renderer/charts/lineage-seen.ts';
import { lineageSizes } from '../../../src/renderer/charts/lineage-sizes.ts';
import { lineageModel, lineageParent, lineages } from './lineage-models.ts';

const { nodeWidth, nodeHeight } = lineageSizes;
const closed = { open: new Set<string>(), keep: [] };

function everyFold(models: readonly LineageModel[]) {
  return { open: new Set([...models.map(({ id }) => `below ${id}`), 'below none']), keep: [] };
}

function modelIds({ nodes }: LineageLayout): number[] {
  return nodes.flatMap((node) => (node.kind === 'model' ? [node.model.id] : []));
}

function foldsOf({ nodes }: LineageLayout) {
  return nodes.flatMap((node) => (node.kind === 'fold' ? [node.fold] : []));
}

function overlaps(a: LineageNode, b: LineageNode): boolean {
  return Math.abs(a.x - b.x) < nodeWidth && Math.abs(a.y - b.y) < nodeHeight;
}

function star(children: number, facts: (id: number) => Partial<LineageModel> = () => ({})): LineageModel[] {
  return [
    lineageModel(1, { relation: 'base' }),
    ...Array.from({ length: children }, (_, at) =>
      lineageModel(at + 2, { parents: [lineageParent(1)], ...facts(at + 2) }),
    ),
  ];
}

describe('layout of a lineage', () => {
  it.each([
    ['folded', () => closed],
    ['open', everyFold],
  ])('%s: nodes do not overlap, lines go right, each model is there once', (_, options) => {
    fc.assert(
      fc.property(lineages(60), (models) => {
        const layout = layoutLineage(models, options(models));
        for (const [at, node] of layout.nodes.entries()) {
          expect(node.x).toBeGreaterThanOrEqual(0);
          expect(node.y).toBeGreaterThanOrEqual(0);
          expect(node.x + nodeWidth).toBeLessThanOrEqual(layout.width);
          expect(node.y + nodeHeight).toBeLessThanOrEqual(layout.height);
          for (const other of layout.nodes.slice(at + 1)) expect(overlaps(node, other)).toBe(false);
        }
        const there = [
          ...modelIds(layout),
          ...foldsOf(layout).flatMap(({ hidden, open }) => (open ? [] : hidden)),
        ];
        expect(there.toSorted((a, b) => a - b)).toEqual(models.map(({ id }) => id));
        const places = new Map(layout.nodes.map((node) => [node.key, node]));
        for (const { kind, from, to } of layout.lines) {
          const [start, end] = [places.get(from), places.get(to)];
          expect(start).toBeDefined();
          expect(end).toBeDefined();
          if (kind !== 'tie') expect((start?.x ?? 0) + nodeWidth).toBeLessThan(end?.x ?? 0);
        }
      }),
    );
  });

  it('draws every parent once where nothing is folded', () => {
    fc.assert(
      fc.property(lineages(60), (models) => {
        const { lines } = layoutLineage(models, everyFold(models));
        const drawn = lines
          .filter(({ kind }) => kind !== 'tie')
          .map(({ parent, child }) => `${parent} ${child}`);
        const said = models.flatMap(({ id, parents }) => parents.map((parent) => `${parent.id} ${id}`));
        expect(drawn.toSorted()).toEqual(said.toSorted());
      }),
    );
  });

  it('is the same each time, and opening a stack moves no model past another', () => {
    fc.assert(
      fc.property(lineages(60), fc.nat(), (models, choice) => {
        const before = layoutLineage(models, closed);
        expect(layoutLineage(models, closed)).toEqual(before);
        const folds = foldsOf(before);
        const fold = folds[choice % Math.max(1, folds.length)];
        if (fold === undefined) return;
        const after = layoutLineage(models, { open: new Set([fold.id]), keep: [] });
        const shown = new Set(modelIds(before));
        expect(modelIds(after)).toEqual(expect.arrayContaining([...shown]));
        const columns = (layout: LineageLayout) => {
          const there = layout.nodes.filter((node) => node.kind === 'model' && shown.has(node.model.id));
          const sorted = there.toSorted((a, b) => a.layer - b.layer || a.y - b.y);
          return sorted.map(({ layer, key }) => [layer, key]);
        };
        expect(columns(after)).toEqual(columns(before));
      }),
    );
  });

  it('runs no line behind a model', () => {
    fc.assert(
      fc.property(lineages(40), (models) => {
        const layout = layoutLineage(models, everyFold(models));
        for (const { kind, path, from, to } of layout.lines) {
          if (kind === 'tie') continue;
          // Where a line passes a column, it does so level: by H from the left side to the right.
          for (const { x, y } of levelParts(path)) {
            for (const node of layout.nodes) {
              if (node.key === from || node.key === to || node.x !== x) continue;
              expect(y <= node.y || y >= node.y + nodeHeight).toBe(true);
            }
          }
        }
      }),
    );
  });

  it('survives circles and makes ties of what closes them', () => {
    const models = [
      lineageModel(1, { parents: [lineageParent(3)] }),
      lineageModel(2, { parents: [lineageParent(1)] }),
      lineageModel(3, { parents: [lineageParent(2)] }),
      lineageModel(4, { parents: [lineageParent(4), lineageParent(3)] }),
      lineageModel(5, { parents: [lineageParent(99)] }),
    ];
    const { links, ties, layers } = graphLineage(models);
    expect(links.map(({ parent, child }) => [parent, child])).toEqual([
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(ties).toEqual([[1, 3]]);
    expect([...layers].toSorted()).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
      [5, 0],
    ]);
    expect(modelIds(layoutLineage(models, closed)).toSorted()).toEqual([1, 2, 3, 4, 5]);
  });

  it('takes random circles', () => {
    const wild = fc
      .array(fc.array(fc.nat(30), { maxLength: 3 }), { maxLength: 30 })
      .map((list) =>
        list.map((parents, at) => lineageModel(at, { parents: parents.map((id) => lineageParent(id)) })),
      );
    fc.assert(
      fc.property(wild, (models) => {
        const { links, layers } = graphLineage(models);
        for (const { parent, child } of links) {
          expect(layers.get(parent) ?? 0).toBeLessThan(layers.get(child) ?? 0);
        }
        expect(modelIds(layoutLineage(models, everyFold(models)))).toHaveLength(models.length);
      }),
    );
  });

  it('ties a hundred alike with as few lines as hold them together', () => {
    const ids = Array.from({ length: 100 }, (_, at) => at + 1);
    const models = ids.map((id) => lineageModel(id, { relatives: ids.filter((other) => other !== id) }));
    const { lines } = layoutLineage(models, everyFold(models));
    expect(lines).toHaveLength(99);
    expect(new Set(lines.map(({ kind }) => kind))).toEqual(new Set(['tie']));
  });

  it('puts what is merged next to each other', () => {
    const models = [
      ...star(6),
      lineageModel(8, { parents: [lineageParent(2, { weight: 0.6 }), lineageParent(7, { weight: 0.4 })] }),
    ];
    const { nodes } = layoutLineage(models, closed);
    const column = nodes
      .filter(({ layer }) => layer === 1)
      .toSorted((a, b) => a.y - b.y)
      .map(({ key }) => key);
    expect(column).toEqual(['model 2', 'model 7', 'model 3', 'model 4', 'model 5', 'model 6']);
  });
});

describe('folding', () => {
  it('draws small lineages whole', () => {
    expect(foldsOf(layoutLineage(star(23), closed))).toEqual([]);
  });

  it('stacks what is beyond the first of many', () => {
    const layout = layoutLineage(star(60), closed);
    expect(modelIds(layout)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(foldsOf(layout)).toMatchObject([{ id: 'below 1', home: 1, hidden: { length: 53 } }]);
    const line = layout.lines.find(({ child }) => child === null);
    expect(line).toMatchObject({ from: 'model 1', parent: 1, home: true });
  });

  it('opens a stack by its id and tells that it is open', () => {
    const layout = layoutLineage(star(60), { open: new Set(['below 1']), keep: [] });
    expect(modelIds(layout)).toHaveLength(61);
    // What closes it again stands where it was.
    expect(layout.nodes.at(-1)).toMatchObject({ key: 'more 1', layer: 1, fold: { open: true } });
  });

  it('shows first what waits for a person and what has descendants', () => {
    const unsure = { parents: [lineageParent(1, { confidence: 0.4 })] };
    const models = [
      ...star(60, (id) => (id === 50 ? unsure : {})),
      lineageModel(100, { parents: [lineageParent(40)] }),
    ];
    expect(modelIds(layoutLineage(models, closed))).toEqual([1, 2, 3, 4, 5, 6, 40, 100, 50]);
  });

  it('keeps what is selected in sight', () => {
    const models = [...star(60), lineageModel(100, { parents: [lineageParent(40)] })];
    const layout = layoutLineage(models, { open: new Set(), keep: [60, 100] });
    expect(modelIds(layout)).toContain(60);
    expect(modelIds(layout)).toContain(100);
  });

  it('lets a stack stand for the parents in it', () => {
    const unsure = { parents: [lineageParent(1, { confidence: 0.4 })] };
    const models = [
      ...star(60, (id) => (id < 9 ? unsure : {})),
      lineageModel(100, { parents: [lineageParent(2, { weight: 0.6 }), lineageParent(60, { weight: 0.4 })] }),
    ];
    const { lines } = layoutLineage(models, closed);
    expect(
      lines.filter(({ to }) => to === 'model 100').map(({ from, kind, parent }) => [from, kind, parent]),
    ).toEqual([
      ['model 2', 'merge', 2],
      ['more 1', 'merge', null],
    ]);
  });

  it('never makes a stack of one', () => {
    expect(foldsOf(layoutLineage([...star(8), ...star(0)].slice(0, 9), closed))).toEqual([]);
    fc.assert(
      fc.property(lineages(60), (models) => {
        for (const { hidden } of foldsOf(layoutLineage(models, closed)))
          expect(hidden.length).toBeGreaterThan(1);
      }),
    );
  });
});

describe('what is drawn of a large lineage', () => {
  it('is what is in sight, what has the focus, and every line that may cross it', () => {
    const layout = layoutLineage(star(400), { open: new Set(['below 1']), keep: [] });
    const seen = { x: 0, y: 0, width: 900, height: 600 };
    const part = seenPart(layout, seen, 'model 401');
    expect(part.nodes.length).toBeLessThan(40);
    expect(part.nodes.map(({ key }) => key)).toEqual(expect.arrayContaining(['model 2', 'model 401']));
    const inSight = layout.nodes.filter(({ y }) => y < 600).map(({ key }) => key);
    expect(part.lines.map(({ to }) => to)).toEqual(
      expect.arrayContaining(inSight.filter((key) => key !== 'model 1')),
    );
  });

  it('is all of a small one', () => {
    const layout = layoutLineage(star(20), closed);
    expect(seenPart(layout, { x: 0, y: 0, width: 10, height: 10 }, undefined)).toBe(layout);
  });
});

/** Ends of the level parts that are as wide as a column. */
function levelParts(path: string): { x: number; y: number }[] {
  const parts: { x: number; y: number }[] = [];
  let [x, y] = [0, 0];
  for (const [, command = '', text = ''] of path.matchAll(/([MHVCQ])([^MHVCQ]*)/gu)) {
    const numbers = text
      .trim()
      .split(/[\s,]+/u)
      .map(Number);
    if (command === 'H') {
      const [end = 0] = numbers;
      if (Math.abs(end - x - nodeWidth) < 0.01) parts.push({ x, y });
      x = end;
    } else if (command === 'V') {
      y = numbers.at(-1) ?? 0;
    } else {
      [x = 0, y = 0] = numbers.slice(-2);
    }
  }
  return parts;
}
