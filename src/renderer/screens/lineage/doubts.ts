import type { TreeResult } from '../../../shared/index.ts';

type Node = TreeResult['models'][number];

/** Below this a parent is only likely: a person is asked to look. */
const sureFrom = 0.8;

/** A parent that a person should confirm or change. */
export interface Doubt {
  readonly child: number;
  readonly parent: number;
}

/** Whether a parent is only likely. */
export function isDoubtful({ evidence, confidence }: Node['parents'][number]): boolean {
  return evidence !== 'confirmed' && confidence < sureFrom;
}

/** All edges to confirm, in the order of their names. */
export function doubtsOf(models: readonly Node[]): Doubt[] {
  return models
    .toSorted((left, right) => left.name.localeCompare(right.name))
    .flatMap(({ id, parents }) =>
      parents.filter(isDoubtful).map(({ id: parent }) => ({ child: id, parent })),
    );
}

/** How sure a parent is, in a word or two. */
export function sureWords({ evidence, confidence }: Node['parents'][number]): {
  readonly words: string;
  readonly tone: 'ok' | 'acc' | 'lossy';
} {
  if (evidence === 'confirmed') return { words: 'confirmed by you', tone: 'ok' };
  if (confidence < sureFrom) return { words: 'likely, not confirmed', tone: 'lossy' };
  return evidence === 'declared'
    ? { words: 'declared, and the bytes agree', tone: 'acc' }
    : { words: 'measured', tone: 'acc' };
}
