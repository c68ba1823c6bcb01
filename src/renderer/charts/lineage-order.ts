type Pair = readonly [number, number];

interface Link {
  readonly parent: number;
  readonly child: number;
}

/**
 * The order of the models below each home. Those between which a merge or a tie runs come next to each other, and
 * within them the ends of the line come to the sides that face: so that few lines cross. Otherwise as it was.
 */
export function orderChildren(
  homes: ReadonlyMap<number, number | null>,
  links: readonly Link[],
  ties: readonly Pair[],
): Map<number | null, number[]> {
  const children = new Map<number | null, number[]>();
  for (const [id, home] of homes) children.set(home, [...(children.get(home) ?? []), id]);

  const across = [
    ...links
      .filter(({ parent, child }) => homes.get(child) !== parent)
      .map(({ parent, child }) => [parent, child] as const),
    ...ties,
  ].flatMap(([one, other]) => meet(homes, one, other));
  if (across.length === 0) return children;

  const neighbours = new Map<number, number[]>();
  for (const { ways } of across) {
    const [one, other] = [ways[0].at(-1), ways[1].at(-1)];
    if (one === undefined || other === undefined) continue;
    neighbours.set(one, [...(neighbours.get(one) ?? []), other]);
    neighbours.set(other, [...(neighbours.get(other) ?? []), one]);
  }
  for (const [home, list] of children) children.set(home, besideNeighbours(list, neighbours));

  const sides = facingSides(children, across);
  for (const [home, list] of children) {
    const side = (id: number) => Math.sign(sides.get(id) ?? 0);
    children.set(
      home,
      list.toSorted((a, b) => side(a) - side(b)),
    );
  }
  return children;
}

interface Meeting {
  /** Below whom both stand. */
  readonly home: number | null;
  /** From each up to, and without, that home. */
  readonly ways: readonly [readonly number[], readonly number[]];
}

/** Where two models' ways up meet; nothing where one stands above the other. */
function meet(homes: ReadonlyMap<number, number | null>, one: number, other: number): Meeting[] {
  const [first, second] = [wayUp(homes, one), wayUp(homes, other)];
  let shared = 0;
  while (shared < Math.min(first.length, second.length) && first.at(-1 - shared) === second.at(-1 - shared)) {
    shared += 1;
  }
  const ways = [first.slice(0, first.length - shared), second.slice(0, second.length - shared)] as const;
  if (ways[0].length === 0 || ways[1].length === 0) return [];
  return [{ home: shared === 0 ? null : (first.at(-shared) ?? null), ways }];
}

function wayUp(homes: ReadonlyMap<number, number | null>, id: number): number[] {
  const way: number[] = [];
  for (let at: number | null = id; at !== null; at = homes.get(at) ?? null) way.push(at);
  return way;
}

function besideNeighbours(
  list: readonly number[],
  neighbours: ReadonlyMap<number, readonly number[]>,
): number[] {
  const placed = new Set<number>();
  const members = new Set(list);
  for (const start of list) {
    const open = [start];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (placed.has(id)) continue;
      placed.add(id);
      open.push(...(neighbours.get(id) ?? []).filter((other) => members.has(other)).toReversed());
    }
  }
  return [...placed];
}

/** Below zero: towards the top of its siblings; above: towards the bottom. */
function facingSides(
  children: ReadonlyMap<number | null, readonly number[]>,
  across: readonly Meeting[],
): Map<number, number> {
  const places = new Map<number, number>();
  for (const list of children.values()) for (const [at, id] of list.entries()) places.set(id, at);
  const sides = new Map<number, number>();
  for (const { ways } of across) {
    const [first, second] = ways.map((way) => places.get(way.at(-1) ?? 0) ?? 0);
    const firstIsAbove = (first ?? 0) < (second ?? 0);
    for (const [at, way] of ways.entries()) {
      const side = (at === 0) === firstIsAbove ? 1 : -1;
      for (const id of way.slice(0, -1)) sides.set(id, (sides.get(id) ?? 0) + side);
    }
  }
  return sides;
}
