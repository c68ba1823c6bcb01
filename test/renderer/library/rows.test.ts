import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../../src/renderer/screens/library/rows.ts';
import { familiesOf } from '../../../src/renderer/stores/families.ts';
import type { ModelSummary } from '../../../src/shared/index.ts';
import { makeModel, parent } from '../make-model.ts';

const family = { familyId: 1, family: 'model-1' };
const base = makeModel({ id: 1, relation: 'base', ...family });
const child = makeModel({ id: 2, relation: 'fine-tune', parents: [parent(1)], ...family });
const second = makeModel({ id: 3, relation: 'fine-tune', parents: [parent(2)], ...family });
const merge = makeModel({ id: 4, relation: 'merge', parents: [parent(2, 0.3), parent(3, 0.7)], ...family });
const alone = makeModel({ id: 5 });

function lines(models: readonly ModelSummary[], toggled: readonly string[] = []): string[] {
  return rowsOf(familiesOf(models), new Set(toggled)).map((row) =>
    row.kind === 'family' ? `# ${row.family.name}` : `${'  '.repeat(row.depth)}${row.model.id}`,
  );
}

describe('rows of the library', () => {
  it('stand below their parents, a merge below the parent with the larger share', () => {
    expect(lines([merge, second, alone, child, base])).toEqual([
      '# model-1',
      '1',
      '  2',
      '    3',
      '      4',
      '# No base found',
      '5',
    ]);
  });

  it('are hidden below a closed model, and in a closed family', () => {
    expect(lines([base, child, second, merge], ['m2'])).toEqual(['# model-1', '1', '  2']);
    expect(lines([base, child, second, merge], ['f1'])).toEqual(['# model-1']);
  });

  it('show a child whose parent the filter hides', () => {
    expect(lines([base, second])).toEqual(['# model-1', '1', '3']);
  });

  it('open no family by themselves in a large library but the first', () => {
    const many = Array.from({ length: 500 }, (_, index) => {
      const id = index + 10;
      return makeModel({ id, familyId: index % 2 === 0 ? 10 : 11, family: `f${index % 2}`, bytes: index });
    });
    const shown = lines(many);
    expect(shown.filter((line) => line.startsWith('#'))).toHaveLength(2);
    expect(shown).toHaveLength(252);
  });

  it('hold every model once, whatever the parents say', () => {
    const models = fc
      .array(fc.record({ to: fc.nat(19), weight: fc.double({ min: 0, max: 1, noNaN: true }) }), {
        minLength: 1,
        maxLength: 20,
      })
      .map((list) =>
        list.map(({ to, weight }, index) =>
          makeModel({ id: index + 1, parents: [parent((to % list.length) + 1, weight)], ...family }),
        ),
      );
    fc.assert(
      fc.property(models, (list) => {
        const ids = rowsOf(familiesOf(list), new Set()).flatMap((row) =>
          row.kind === 'model' ? [row.model.id] : [],
        );
        expect(ids.toSorted((left, right) => left - right)).toEqual(list.map(({ id }) => id));
      }),
    );
  });
});
