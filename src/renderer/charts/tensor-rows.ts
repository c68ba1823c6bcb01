import type { ChangedTensor } from './heat-grid.ts';

export type TensorColumn = 'name' | 'change' | 'equal' | 'bytes' | 'storedBytes' | 'coded';

export interface TensorSort {
  readonly column: TensorColumn;
  readonly ascending: boolean;
}

/** Numbers in names count as numbers: layer 2 comes before layer 10. */
const byName = new Intl.Collator('en', { numeric: true });

/**
 * The rows to show: tensors whose name has all of the words, sorted. What is not known comes last whichever way; what
 * is alike is in the order of the names.
 */
export function arrangeTensors(
  tensors: readonly ChangedTensor[],
  words: string,
  { column, ascending }: TensorSort,
): readonly ChangedTensor[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
  const found = tensors.filter(({ name }) => wanted.every((word) => name.toLowerCase().includes(word)));
  const turn = ascending ? 1 : -1;
  return found.toSorted((a, b) => {
    const [one, other] = [a[column], b[column]];
    if (one === null || other === null) {
      return one === other ? byName.compare(a.name, b.name) : one === null ? 1 : -1;
    }
    const order =
      typeof one === 'number' && typeof other === 'number'
        ? one - other
        : byName.compare(String(one), String(other));
    return order * turn || byName.compare(a.name, b.name);
  });
}
