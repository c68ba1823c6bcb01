import { useVirtualizer } from '@tanstack/vue-virtual';
import { computed, type ComputedRef, type Ref } from 'vue';
import { useNavigation, useSelection } from '../../stores/index.ts';
import { useListKeys } from '../../components/list-keys.ts';
import type { Row } from './rows.ts';

const rowHeight = 28;
const familyHeight = 32;
/** Rows made ready above and below what is seen, so that scrolling shows no gap. */
const overscan = 12;

/** What a list of models does with pointer and keys, whatever its columns are: one behaviour for families and table. */
export function useList(
  rows: ComputedRef<readonly Row[]>,
  scroller: Readonly<Ref<HTMLElement | null>>,
  setOpen: (row: Row, open: boolean) => void,
) {
  const selection = useSelection();
  const navigation = useNavigation();

  const order = computed(() => rows.value.flatMap((row) => (row.kind === 'model' ? [row.model.id] : [])));
  /** The key of the row that has the keyboard. */
  const at = computed(() => rows.value.findIndex((row) => row.key === selection.row));

  const virtual = useVirtualizer(
    computed(() => ({
      count: rows.value.length,
      getScrollElement: () => scroller.value,
      estimateSize: (index: number) => (rows.value[index]?.kind === 'family' ? familyHeight : rowHeight),
      getItemKey: (index: number) => rows.value[index]?.key ?? index,
      overscan,
    })),
  );

  function moveTo(index: number, extend: boolean): void {
    const row = rows.value[index];
    if (!row) return;
    selection.row = row.key;
    virtual.value.scrollToIndex(index);
    if (row.kind !== 'model') return;
    if (extend) selection.rangeTo(row.model.id, order.value);
    else selection.only(row.model.id);
  }

  function idsOf(row: Row): number[] {
    return row.kind === 'model'
      ? [row.model.id]
      : row.family.models.filter(({ id }) => id !== row.family.id).map(({ id }) => id);
  }

  /** Whether a row is selected: none, a part of a family, or all of it. */
  function chosen(row: Row): 'on' | 'off' | 'mixed' {
    const ids = idsOf(row);
    const on = ids.filter((id) => selection.ids.has(id)).length;
    if (on === 0) return 'off';
    return on === ids.length ? 'on' : 'mixed';
  }

  function toggle(row: Row): void {
    selection.row = row.key;
    if (row.kind === 'model') selection.toggle(row.model.id);
    else selection.setMany(idsOf(row), chosen(row) !== 'on');
  }

  function openRow(row: Row): void {
    if (row.kind === 'model') navigation.go({ screen: 'model', model: row.model.id });
    else setOpen(row, !row.open);
  }

  function click(row: Row, event: MouseEvent): void {
    selection.row = row.key;
    const adding = event.ctrlKey || event.metaKey;
    if (row.kind === 'family') {
      if (adding) toggle(row);
      else setOpen(row, !row.open);
    } else if (event.shiftKey) selection.rangeTo(row.model.id, order.value, adding);
    else if (adding) selection.toggle(row.model.id);
    else selection.only(row.model.id);
  }

  /** What a menu is opened on is what it acts on: the selection, where the row is part of it. */
  function aim(row: Row): void {
    selection.row = row.key;
    if (row.kind === 'family') selection.set(idsOf(row));
    else if (!selection.ids.has(row.model.id)) selection.only(row.model.id);
  }

  /** The menu key, or Shift F10: the list itself has the keyboard, and its current row is meant. */
  function aimAtCurrent(): void {
    const row = rows.value[at.value];
    if (row) aim(row);
  }

  function expand(): void {
    const row = rows.value[at.value];
    if (!row) return;
    const opens = row.kind === 'family' || row.children > 0;
    if (opens && !row.open) setOpen(row, true);
    else if (opens) moveTo(at.value + 1, false);
  }

  function collapse(): void {
    const row = rows.value[at.value];
    if (!row) return;
    if (row.open && (row.kind === 'family' || row.children > 0)) setOpen(row, false);
    else if (row.kind === 'model') {
      const parent = rows.value.findLastIndex(
        (other, index) => index < at.value && (other.kind === 'family' || other.depth < row.depth),
      );
      if (parent >= 0) moveTo(parent, false);
    }
  }

  function typed(text: string): boolean {
    const wanted = text.toLowerCase();
    const found = rows.value.findIndex((row) => nameOf(row).toLowerCase().startsWith(wanted));
    if (found >= 0) moveTo(found, false);
    return found >= 0;
  }

  const keydown = useListKeys(
    () => at.value,
    () => rows.value.length,
    {
      move: moveTo,
      toggle: () => {
        const row = rows.value[at.value];
        if (row) toggle(row);
      },
      open: () => {
        const row = rows.value[at.value];
        if (row) openRow(row);
      },
      expand,
      collapse,
      all: () => selection.set(order.value),
      typed,
    },
  );

  /** A list that is reached by the keyboard has a row that is the current one. */
  function focused(): void {
    const [first] = rows.value;
    if (at.value < 0 && first) selection.row = first.key;
  }

  return { virtual, at, chosen, toggle, openRow, click, aim, aimAtCurrent, keydown, focused };
}

function nameOf(row: Row): string {
  return row.kind === 'model' ? row.model.name : row.family.name;
}
