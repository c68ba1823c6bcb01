import type { Node, Solution } from './problem.ts';

/** Nodes up to which all sets of them are gone through: 3^n steps for each level of depth. */
export const EXACT_NODES = 14;

/**
 * The least cost with a bound on depth, exactly: by dynamic programming over sets of nodes. The cheapest way to have a
 * set at depth d or less is to have a part of it at d - 1 or less and to attach the rest to that part.
 * @param nodes at most `EXACT_NODES`; each has a way from outside of depth 0
 */
export function boundedArborescence(nodes: readonly Node[], depth: number): Solution {
  const levels = Math.min(depth, nodes.length);
  const sets = 2 ** nodes.length;
  let least = new Float64Array(sets);
  for (let set = 1; set < sets; set += 1) {
    const node = lowest(set);
    least[set] = (least[set & (set - 1)] ?? 0) + outside(nodes, node, 0).cost;
  }
  /** For each level from 1 on: the part of each set that is one level lower. */
  const parts: Uint16Array[] = [];
  for (let level = 1; level <= levels; level += 1) {
    const { costs, part } = nextLevel(nodes, least, level);
    parts.push(part);
    least = costs;
  }
  const solution = nodes.map((_, node) => outside(nodes, node, 0).way);
  let set = sets - 1;
  for (let level = levels; level >= 1; level -= 1) {
    const part = parts[level - 1]?.[set] ?? 0;
    for (const node of nodes.keys()) {
      if ((set & ~part & (1 << node)) !== 0) solution[node] = attach(nodes, node, part, level).way;
    }
    set = part;
  }
  return solution;
}

function nextLevel(
  nodes: readonly Node[],
  before: Float64Array<ArrayBuffer>,
  level: number,
): { costs: Float64Array<ArrayBuffer>; part: Uint16Array } {
  const costs = before.slice();
  // All of a set one level lower is the set itself.
  const part = Uint16Array.from({ length: before.length }, (_, set) => set);
  const sums = new Float64Array(before.length);
  const all = before.length - 1;
  for (let lower = 0; lower <= all; lower += 1) {
    const each = nodes.map((_, node) => attach(nodes, node, lower, level).cost);
    const rest = all & ~lower;
    // The sets inside `rest`, in ascending order.
    for (let added = (0 - rest) & rest; added !== 0; added = (added - rest) & rest) {
      const sum = (sums[added & (added - 1)] ?? 0) + (each[lowest(added)] ?? 0);
      sums[added] = sum;
      const cost = (before[lower] ?? 0) + sum;
      if (cost >= (costs[lower | added] ?? 0)) continue;
      costs[lower | added] = cost;
      part[lower | added] = lower;
    }
  }
  return { costs, part };
}

/** The cheapest way of a node from a set of others, or from outside, at a depth. */
function attach(
  nodes: readonly Node[],
  node: number,
  set: number,
  level: number,
): { readonly way: number; readonly cost: number } {
  const ways = nodes[node]?.ways ?? [];
  for (const [way, { from, cost, depth }] of ways.entries()) {
    if (from < 0 ? depth <= level : (set & (1 << from)) !== 0) return { way, cost };
  }
  return { way: ways.length - 1, cost: Infinity };
}

function outside(nodes: readonly Node[], node: number, level: number): { way: number; cost: number } {
  return attach(nodes, node, 0, level);
}

function lowest(set: number): number {
  return 31 - Math.clz32(set & -set);
}
