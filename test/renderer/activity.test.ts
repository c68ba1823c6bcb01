import { describe, expect, it } from 'vitest';
import {
  byDay,
  dayTitle,
  filterRows,
  stepIcon,
  stepTone,
  withFates,
  type Step,
} from '../../src/renderer/screens/activity/rows.ts';
import { linesOf } from '../../src/renderer/screens/activity/groups.ts';
import { now, steps } from './fake-library.ts';

const at = new Date(now);
const rows = withFates(steps);

function fates(list: readonly Step[]): Record<string, string | undefined> {
  return Object.fromEntries(withFates(list).map(({ step, fate }) => [step.id, fate?.word]));
}

function step(id: string, kind: string, name: string, undo: string | null = null): Step {
  return { id, kind, name, at: `2026-11-21T10:00:0${id}.000Z`, sentence: `${kind} ${name}`, undo };
}

describe('what became of a step', () => {
  it('is told of those that were taken back, and of no other', () => {
    expect(fates(steps)).toMatchObject({ '000004': 'undone', '000003': undefined, '000001': undefined });
  });

  it('tells apart what was taken back and what was purged, of one model that was moved twice', () => {
    const list = [
      step('4', 'purge', 'a'),
      step('3', 'reclaim', 'a'),
      step('2', 'undo', 'a'),
      step('1', 'reclaim', 'a'),
    ];
    expect(fates(list)).toMatchObject({ '3': 'purged', '1': 'undone' });
  });

  it('takes an end for one step only', () => {
    const list = [step('3', 'undo', 'a'), step('2', 'reclaim', 'a'), step('1', 'reclaim', 'a')];
    expect(fates(list)).toMatchObject({ '2': 'undone', '1': undefined });
  });

  it('is not told of what can still be taken back, nor by what happened to another model', () => {
    const list = [
      step('3', 'undo', 'b'),
      step('2', 'reclaim', 'a', 'Moves it back.'),
      step('1', 'reclaim', 'a'),
    ];
    expect(fates(list)).toMatchObject({ '2': undefined, '1': undefined });
  });

  it('knows that a delta that was removed takes its compression back', () => {
    expect(fates([step('2', 'forget', 'a'), step('1', 'compress', 'a')])).toMatchObject({ '1': 'undone' });
  });
});

describe('the list', () => {
  it('has a heading for each day', () => {
    expect(byDay(rows, at).map(({ title }) => title)).toEqual([
      'Today, 21 November',
      'Yesterday, 20 November',
      '12 November',
      '5 November',
    ]);
    expect(dayTitle('2025-06-03T12:00:00.000Z', at)).toBe('3 June 2025');
  });

  it.each([
    ['all', '', 7],
    ['files', '', 5],
    ['undoable', '', 3],
    ['problems', '', 0],
    ['all', 'legal', 2],
    ['all', 'LEGAL v2', 1],
    ['all', 'yesterday', 3],
    ['undoable', 'yesterday', 1],
    ['all', 'nothing of the kind', 0],
  ] as const)('shows of %s with “%s” %d', (facet, text, found) => {
    expect(filterRows(rows, facet, text, at)).toHaveLength(found);
  });

  it('gives each kind a picture, and greys what was taken back', () => {
    expect(steps.map(stepIcon)).toEqual([
      'library',
      'undo',
      'reclaim',
      'reclaim',
      'purge',
      'reclaim',
      'folder',
    ]);
    expect(stepIcon(step('1', 'base-changed', 'a'))).toBe('warning');
    expect(rows.map(stepTone)).toEqual(['acc', 't3', 't3', 'acc', 'danger', 'acc', 't2']);
  });
});

describe('steps that were one act', () => {
  const many = withFates(
    ['5', '4', '3', '2', '1'].map((id) =>
      step(id, 'compress', `model-${id}`, id === '3' ? null : 'Remove it.'),
    ),
  );
  const keys = (open: readonly string[]) => linesOf(many, new Set(open)).map(({ key }) => key);

  it('are one line, which opens', () => {
    expect(keys([])).toEqual(['from-1']);
    expect(keys(['from-1'])).toEqual(['from-1', '5', '4', '3', '2', '1']);
  });

  it('can be taken back but for those that cannot, the latest first', () => {
    const [line] = linesOf(many, new Set());
    expect(line && 'group' in line ? line.group.undoable : undefined).toEqual(['5', '4', '2', '1']);
    expect(line && 'group' in line ? line.group.title : undefined).toBe('Compressed 5 models');
  });

  it.each([
    ['two', many.slice(0, 2)],
    [
      'others of another kind between them',
      withFates([step('3', 'compress', 'a'), step('2', 'undo', 'b'), step('1', 'compress', 'c')]),
    ],
    ['of a kind that is no act', withFates(['3', '2', '1'].map((id) => step(id, 'folder-added', id)))],
    [
      'too far apart',
      withFates(
        ['12', '11', '10'].map((hour) => ({
          ...step('1', 'compress', hour),
          id: hour,
          at: `2026-11-21T${hour}:00:00.000Z`,
        })),
      ),
    ],
  ])('are none where they are %s', (_, list) => {
    expect(linesOf(list, new Set()).every((line) => 'row' in line)).toBe(true);
  });
});
