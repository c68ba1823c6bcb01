import type { Bounds, Node, Solution, Way } from './problem.ts';

// Large families with bounds: a search over levels. A node of level 0 comes from outside at no depth; every other takes
// the cheapest way from outside or from a node of a lower level. So every assignment of levels keeps the bound on
// depth, and a step changes the level of one node, or exchanges those of two.

/** Deepest level; what only seconds bound has no longer chains either. */
const DEEPEST = 12;
/** Starts with a single base, and from the best plan with some levels changed. */
const HUBS = 3;
const KICKS = 16;
/** Steps that are tried before a search ends, whatever it has found. */
const MOST_STEPS = 200_000;

interface Found {
  readonly cost: number;
  readonly levels: readonly number[];
}

/**
 * A plan of few bytes that keeps the bounds, from several starts.
 * @param nodes each has a way from outside of depth 0
 * @param starts depths of plans to begin with; those beyond the bound count as at it
 */
export function searchLevels(nodes: readonly Node[], bounds: Bounds, starts: readonly number[][]): Solution {
  const depth = Math.min(bounds.depth, DEEPEST, depthWithin(nodes, bounds.seconds));
  const search = new LevelSearch(nodes, depth);
  let best: Found | undefined;
  const tryFrom = (start: readonly number[]): void => {
    const found = search.improve(start);
    if (!best || found.cost < best.cost) best = found;
  };
  for (const start of [...starts, ...search.hubs()]) tryFrom(start);
  for (let kick = 0; kick < KICKS && best; kick += 1) tryFrom(kicked(best.levels, kick, depth));
  return keptWithin(nodes, best?.levels ?? nodes.map(() => 0), bounds);
}

/** Chains that a bound on seconds allows where all nodes take as long as the usual one. */
function depthWithin(nodes: readonly Node[], seconds: number): number {
  const own = nodes.flatMap(({ ways }) => ways.find(({ from }) => from >= 0)?.seconds ?? []);
  own.sort((a, b) => a - b);
  const usual = own[own.length >> 1] ?? 0;
  return usual > 0 ? Math.max(1, Math.floor(seconds / usual)) : DEEPEST;
}

/** Levels of which some were changed, another choice for each number. */
function kicked(levels: readonly number[], number: number, depth: number): number[] {
  return levels.map((level, node) => {
    const chance = hash(number * levels.length + node);
    return chance % 5 === 0 ? (chance >>> 8) % (depth + 1) : level;
  });
}

/** Numbers that look random and are the same each time. */
function hash(number: number): number {
  const mixed = Math.imul(number ^ (number >>> 15), 0x2c1b3c6d);
  const more = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return (more ^ (more >>> 15)) >>> 0;
}

/** Ways of nodes that take the cheapest ones that keep both bounds, level after level. */
function keptWithin(nodes: readonly Node[], levels: readonly number[], bounds: Bounds): number[] {
  const seconds = new Float64Array(nodes.length);
  const solution = nodes.map(() => 0);
  const order = [...levels.keys()].sort((a, b) => (levels[a] ?? 0) - (levels[b] ?? 0) || a - b);
  for (const node of order) {
    const before = ({ from }: Way): number => (from < 0 ? 0 : (seconds[from] ?? 0));
    const ways = nodes[node]?.ways ?? [];
    const way = ways.findIndex(
      (each) =>
        isOpen(each, levels[node] ?? 0, levels) &&
        (each.depth === 0 || before(each) + each.seconds <= bounds.seconds),
    );
    const taken = ways[way];
    if (taken) seconds[node] = before(taken) + taken.seconds;
    solution[node] = way;
  }
  return solution;
}

function isOpen({ from, depth }: Way, level: number, levels: ArrayLike<number>): boolean {
  return from < 0 ? depth <= level : (levels[from] ?? 0) < level;
}

/** Levels of all nodes and the ways that follow from them, changed step by step. */
class LevelSearch {
  readonly #nodes: readonly Node[];
  readonly #depth: number;
  /** For each node: who could be stored against it, by which of its ways. */
  readonly #dependents: { readonly node: number; readonly way: number }[][];
  #levels: number[] = [];
  #ways: number[] = [];
  #cost = 0;
  #steps = 0;

  constructor(nodes: readonly Node[], depth: number) {
    this.#nodes = nodes;
    this.#depth = depth;
    this.#dependents = nodes.map(() => []);
    for (const [node, { ways }] of nodes.entries()) {
      for (const [way, { from }] of ways.entries()) this.#dependents[from]?.push({ node, way });
    }
  }

  /** Levels with one node at 0 and all others at 1, for the best such nodes. */
  hubs(): number[][] {
    const around = (hub: number): number[] => this.#nodes.map((_, node) => (node === hub ? 0 : 1));
    const costs = [...this.#nodes.keys()].map((hub) => {
      this.#start(around(hub));
      return { hub, cost: this.#cost };
    });
    costs.sort((a, b) => a.cost - b.cost || a.hub - b.hub);
    return costs.slice(0, HUBS).map(({ hub }) => around(hub));
  }

  /** Changes single levels while that helps, then exchanges those of a node and one that it could be stored against. */
  improve(start: readonly number[]): Found {
    this.#start(start);
    this.#steps = 0;
    do while (this.#changeLevels());
    while (this.#exchangeLevels());
    return { cost: this.#cost, levels: [...this.#levels] };
  }

  #start(levels: readonly number[]): void {
    this.#levels = levels.map((level) => Math.min(level, this.#depth));
    this.#ways = this.#nodes.map((_, node) => this.#cheapest(node));
    this.#cost = this.#nodes.reduce((sum, _, node) => sum + this.#costOf(node), 0);
  }

  #changeLevels(): boolean {
    let helped = false;
    for (const node of this.#nodes.keys()) {
      for (let level = 0; level <= this.#depth; level += 1) {
        if (level !== this.#levels[node] && this.#helps([[node, level]])) helped = true;
      }
    }
    return helped;
  }

  #exchangeLevels(): boolean {
    for (const [node, { ways }] of this.#nodes.entries()) {
      for (const { from } of ways) {
        const [mine = 0, its = 0] = [this.#levels[node], this.#levels[from]];
        if (from < 0 || mine === its) continue;
        const exchanged = [
          [node, its],
          [from, mine],
        ] as const;
        if (this.#helps(exchanged)) return true;
      }
    }
    return false;
  }

  /** Takes a step, and takes it back where it does not help. */
  #helps(moves: readonly (readonly [node: number, level: number])[]): boolean {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS) return false;
    const before = this.#cost;
    const levels = moves.map(([node]) => [node, this.#levels[node] ?? 0] as const);
    const changed: { readonly node: number; readonly way: number }[] = [];
    for (const [node, level] of moves) this.#move(node, level, changed);
    if (this.#cost < before) return true;
    for (const [node, level] of levels) this.#levels[node] = level;
    for (const { node, way } of changed.reverse()) this.#ways[node] = way;
    this.#cost = before;
    return false;
  }

  #move(node: number, level: number, changed: { node: number; way: number }[]): void {
    this.#levels[node] = level;
    this.#take(node, this.#cheapest(node), changed);
    for (const { node: dependent, way } of this.#dependents[node] ?? []) {
      const current = this.#ways[dependent] ?? 0;
      const open = level < (this.#levels[dependent] ?? 0);
      if (open && way < current) this.#take(dependent, way, changed);
      else if (!open && way === current) this.#take(dependent, this.#cheapest(dependent), changed);
    }
  }

  #take(node: number, way: number, changed: { node: number; way: number }[]): void {
    const before = this.#ways[node] ?? 0;
    if (way === before) return;
    changed.push({ node, way: before });
    this.#cost -= this.#costOf(node);
    this.#ways[node] = way;
    this.#cost += this.#costOf(node);
  }

  #costOf(node: number): number {
    return this.#nodes[node]?.ways[this.#ways[node] ?? 0]?.cost ?? Infinity;
  }

  /** The first way that the levels allow; ways are sorted by cost, and to be kept as it is is always allowed. */
  #cheapest(node: number): number {
    const level = this.#levels[node] ?? 0;
    return this.#nodes[node]?.ways.findIndex((way) => isOpen(way, level, this.#levels)) ?? 0;
  }
}
