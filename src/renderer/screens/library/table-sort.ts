import type { ModelSummary } from '../../../shared/index.ts';
import type { ModelRow } from './rows.ts';

export type Column =
  'name' | 'family' | 'relation' | 'state' | 'dtype' | 'bytes' | 'stored' | 'frees' | 'folder';

export interface Sort {
  readonly column: Column;
  readonly down: boolean;
}

const text = new Intl.Collator('en', { numeric: true }).compare;

const compare: Readonly<Record<Column, (left: ModelSummary, right: ModelSummary) => number>> = {
  // The list is by name.
  name: () => 0,
  family: (left, right) => text(left.family ?? '\uffff', right.family ?? '\uffff'),
  relation: (left, right) => text(left.relation, right.relation),
  state: (left, right) => text(left.state, right.state),
  dtype: (left, right) => text(left.dtype ?? '', right.dtype ?? ''),
  bytes: (left, right) => left.bytes - right.bytes,
  stored: (left, right) => deltaOf(left) - deltaOf(right),
  frees: (left, right) => left.freesBytes - right.freesBytes,
  folder: (left, right) => text(left.path, right.path),
};

function deltaOf({ storedBytes, predictedBytes }: ModelSummary): number {
  return storedBytes ?? predictedBytes ?? -1;
}

/** Whether a column begins with its largest values: figures do, words do not. */
export function beginsDown(column: Column): boolean {
  return column === 'bytes' || column === 'stored' || column === 'frees';
}

/** Models of a list that is by name as lines of a flat table. Equal ones stand by name. */
export function sortedRows(models: readonly ModelSummary[], { column, down }: Sort): ModelRow[] {
  const order = compare[column];
  const sorted =
    column === 'name' && down
      ? models.toReversed()
      : models.toSorted((left, right) => (down ? -1 : 1) * order(left, right));
  return sorted.map((model) => ({
    kind: 'model',
    key: `m${model.id}`,
    model,
    depth: 0,
    guides: [],
    last: true,
    children: 0,
    members: 0,
    open: false,
  }));
}
