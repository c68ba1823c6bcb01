import { graphLineage, type LineageModel } from './lineage-graph.ts';

/** A line of the outline. A merge stands below its heaviest parent; below each other one a line points to it. */
export interface OutlineRow {
  readonly key: string;
  readonly kind: 'model' | 'again';
  readonly model: LineageModel;
  readonly depth: number;
  /** Whether the line of each level above goes on below this row, from the left. */
  readonly guides: readonly boolean[];
  /** Whether it is the last of its level. */
  readonly last: boolean;
  /** How many rows stand right below it, when it is open. */
  readonly children: number;
  readonly open: boolean;
  /** Number among those of its level, from 1, and how many they are. */
  readonly at: number;
  readonly of: number;
}

/** The rows of a lineage from top to bottom; what is below the closed ones is left out. */
export function outlineRows(
  models: readonly LineageModel[],
  closed: ReadonlySet<number>,
): readonly OutlineRow[] {
  const { models: all, homes, children, links } = graphLineage(models);
  const elsewhere = Map.groupBy(
    links.filter(({ parent, child }) => homes.get(child) !== parent),
    ({ parent }) => parent,
  );
  const below = (id: number | null): readonly (readonly [LineageModel, OutlineRow['kind']])[] =>
    [
      ...(children.get(id) ?? []).map((child) => [all.get(child), 'model'] as const),
      ...(id === null ? [] : (elsewhere.get(id) ?? [])).map(
        ({ child }) => [all.get(child), 'again'] as const,
      ),
    ].flatMap(([model, kind]) => (model ? [[model, kind] as const] : []));

  const rows: OutlineRow[] = [];
  const open = [
    { home: null as number | null, guides: [] as readonly boolean[], entries: below(null), next: 0 },
  ];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const entry = level.entries[level.next];
    level.next += 1;
    if (entry === undefined) {
      open.pop();
      continue;
    }
    const [model, kind] = entry;
    const last = level.next === level.entries.length;
    const inside = kind === 'model' ? below(model.id) : [];
    const isOpen = inside.length > 0 && !closed.has(model.id);
    rows.push({
      key: kind === 'model' ? `model ${model.id}` : `again ${level.home ?? ''} ${model.id}`,
      kind,
      model,
      depth: open.length - 1,
      guides: level.guides,
      last,
      children: inside.length,
      open: isOpen,
      at: level.next,
      of: level.entries.length,
    });
    // The first level has no lines.
    const guides = open.length === 1 ? [] : [...level.guides, !last];
    if (isOpen) open.push({ home: model.id, guides, entries: inside, next: 0 });
  }
  return rows;
}
