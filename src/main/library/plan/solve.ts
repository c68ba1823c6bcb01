import { minimumArborescence } from './edmonds.ts';
import { boundedArborescence, EXACT_NODES } from './exact.ts';
import { searchLevels } from './levels.ts';
import { costOf, isWithin, standingsOf, type Bounds, type Node, type Solution } from './problem.ts';

/** Depths that are tried one after the other. */
const SHALLOW = 4;

/**
 * The plan of least cost within the bounds: exact without bounds, exact for families of up to `EXACT_NODES` where
 * depth is what binds, else the best that a search finds. Of plans that cost about the same the one with the shortest
 * chains: in a family around one base it is as cheap to keep any other and to store the base against that.
 * @param nodes each has a way from outside of depth 0
 * @param deeperSaves share of the cost that longer chains must save
 */
export function solve(nodes: readonly Node[], bounds: Bounds, deeperSaves: number): Solution {
  const solution = nodes.map(() => 0);
  for (const part of connectedParts(nodes)) {
    const places = new Map(part.map((node, place) => [node, place]));
    const inside = part.map((node): Node => {
      const ways = nodes[node]?.ways ?? [];
      return {
        ways: ways.map((way) => ({ ...way, from: way.from < 0 ? -1 : (places.get(way.from) ?? -1) })),
      };
    });
    for (const [place, way] of solvePart(inside, bounds, deeperSaves).entries())
      solution[part[place] ?? 0] = way;
  }
  return solution;
}

function solvePart(nodes: readonly Node[], bounds: Bounds, deeperSaves: number): Solution {
  const best = leastPart(nodes, bounds);
  const enough = costOf(nodes, best) * (1 + deeperSaves);
  for (let depth = 1; depth < Math.min(bounds.depth, SHALLOW + 1); depth += 1) {
    const shallow = leastPart(nodes, { ...bounds, depth });
    if (costOf(nodes, shallow) <= enough) return shallow;
  }
  return best;
}

/** The least cost alone. */
function leastPart(nodes: readonly Node[], bounds: Bounds): Solution {
  const free = minimumArborescence(nodes);
  if (isWithin(nodes, free, bounds)) return free;
  const starts = [(standingsOf(nodes, free) ?? []).map(({ depth }) => depth)];
  if (nodes.length <= EXACT_NODES && bounds.depth < nodes.length) {
    const exact = boundedArborescence(nodes, bounds.depth);
    if (isWithin(nodes, exact, bounds)) return exact;
    starts.push((standingsOf(nodes, exact) ?? []).map(({ depth }) => depth));
  }
  return searchLevels(nodes, bounds, starts);
}

/** Nodes that ways connect. */
function connectedParts(nodes: readonly Node[]): number[][] {
  const neighbours = nodes.map(() => new Set<number>());
  for (const [node, { ways }] of nodes.entries()) {
    for (const { from } of ways) {
      if (from < 0) continue;
      neighbours[node]?.add(from);
      neighbours[from]?.add(node);
    }
  }
  const left = new Set(nodes.keys());
  return [...nodes.keys()].flatMap((start): number[][] => {
    if (!left.delete(start)) return [];
    const part = [start];
    for (const node of part)
      for (const next of neighbours[node] ?? []) if (left.delete(next)) part.push(next);
    return [part.sort((a, b) => a - b)];
  });
}
