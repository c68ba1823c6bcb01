import type { TreeResult } from '../../../shared/index.ts';
import { isSure } from '../../charts/lineage-graph.ts';

type Node = TreeResult['models'][number];

/** A parent that a person should confirm or change. */
export interface Doubt {
  readonly child: number;
  readonly parent: number;
}

/** All edges to confirm, in the order of their names. */
export function doubtsOf(models: readonly Node[]): Doubt[] {
  return models
    .toSorted((left, right) => left.name.localeCompare(right.name))
    .flatMap(({ id, parents }) =>
      parents.filter((parent) => !isSure(parent)).map(({ id: parent }) => ({ child: id, parent })),
    );
}

/** How sure a parent is, in a word or two. */
export function sureWords(parent: Node['parents'][number]): {
  readonly words: string;
  readonly tone: 'ok' | 'acc' | 'lossy';
} {
  const { evidence } = parent;
  if (evidence === 'confirmed') return { words: 'confirmed by you', tone: 'ok' };
  if (!isSure(parent)) return { words: 'likely, not confirmed', tone: 'lossy' };
  return evidence === 'declared'
    ? { words: 'declared, and the bytes agree', tone: 'acc' }
    : { words: 'measured', tone: 'acc' };
}
