import type { DirectionSign } from './direction-evidence.ts';
import { directionsOf, rootChances, type Direction, type RootedTree } from './direction-root.ts';
import { isHub } from './infer-hub.ts';
import { contained, rootedParents } from './infer-rooted.ts';
import type { FamilySpace } from './infer-space.ts';
import { shortestTree, treesOf, type Tree, type TreeFacts } from './infer-tree.ts';

/** Two nodes that are parent and child, or relatives of which nobody knows who came first. */
export interface Bond {
  readonly child: number;
  readonly parent: number;
  readonly directed: boolean;
  /** How likely the direction is right. */
  readonly chance: number;
  /** Distance of the nearest other that might be the parent; absent where there is none. */
  readonly rival: number | undefined;
  /** What the direction rests on; empty where it is open. */
  readonly signs: readonly string[];
}

/** A tree whose root is known. */
export interface Rooted {
  readonly root: number;
  readonly chance: number;
  readonly nodes: readonly number[];
  readonly parents: Map<number, number>;
}

/** What is known of direction. */
export interface DirectionFacts extends TreeFacts {
  readonly signs: (a: number, b: number) => readonly DirectionSign[];
  /** Logarithm of the odds by which a node is a likelier root than its neighbours. */
  readonly favour: (node: number, tree: Tree) => number;
  readonly hubSentence: (node: number, neighbours: number) => string;
}

/** Chance from which a node is taken as the root, and parents are chosen by what their descendants contain. */
const ROOT = 0.5;
/** Logarithm of the odds of what somebody said. */
const SAID = 9;
/** Logarithm of the odds from which signs speak against a parent. */
const AGAINST = -2;
/** Part of its change that a child has in common with whatever else may be its parent. */
const RIVAL = 0.5;

/** Bonds of the nodes that are no merges, and the trees whose roots are known. */
export function orient(
  space: FamilySpace,
  nodes: readonly number[],
  facts: DirectionFacts,
): { readonly bonds: Bond[]; readonly rooted: Rooted[] } {
  const tree = shortestTree(space, nodes, facts);
  const bonds: Bond[] = [];
  const rooted: Rooted[] = [];
  for (const place of treesOf(tree)) {
    const chances = rootChances(place, {
      sign: (a, b) => saidOdds(facts, a, b) + sum(facts.signs(a, b)),
      favour: (node) => facts.favour(node, tree),
      isHub: (node) => isHub(space, node, [...(tree.get(node) ?? [])]),
    });
    const [root, chance] = [...chances].reduce((best, one) => (one[1] > best[1] ? one : best), [-1, 0]);
    const directions = directionsOf(place, chances);
    if (place.nodes.length < 3 || chance < ROOT) {
      bonds.push(...openBonds(space, place, directions, facts));
      continue;
    }
    const against = (parent: number, child: number): boolean => sum(facts.signs(parent, child)) <= AGAINST;
    const parents = rootedParents(space, place.nodes, root, facts, against);
    const known = { root, chance, nodes: place.nodes, parents };
    rooted.push(known);
    bonds.push(...rootedBonds(space, known, directions, facts));
  }
  return { bonds, rooted };
}

function sum(signs: readonly DirectionSign[]): number {
  return signs.reduce((total, { odds }) => total + odds, 0);
}

function saidOdds(facts: TreeFacts, a: number, b: number): number {
  if (facts.fixed.get(b) === a || facts.capped.has(a)) return SAID;
  return facts.fixed.get(a) === b || facts.capped.has(b) ? -SAID : 0;
}

type Directions = (parent: number, child: number) => Direction | undefined;

function rootedBonds(
  space: FamilySpace,
  { root, chance, nodes, parents }: Rooted,
  directions: Directions,
  facts: DirectionFacts,
): Bond[] {
  const children = [...parents.values()].filter((parent) => parent === root).length;
  const inside = new Set(nodes);
  return [...parents].map(([child, parent]): Bond => {
    const found = directions(parent, child) ?? { chance, stated: true };
    const rivals = [...space.among(child, inside)].filter(
      (node) => node !== parent && node !== child && (node === root || mayRival(space, root, node, child)),
    );
    const signs = [...sentences(facts, parent, child), facts.hubSentence(root, children)];
    return bond(space, parent, child, found, rivals, signs);
  });
}

function openBonds(
  space: FamilySpace,
  { nodes, from, tree }: RootedTree,
  directions: Directions,
  facts: DirectionFacts,
): Bond[] {
  const inside = new Set(nodes);
  return [...from].map(([node, above]): Bond => {
    const down = directions(above, node) ?? { chance: 0.5, stated: false };
    const up = directions(node, above) ?? down;
    const [parent, child, found] = down.chance >= 0.5 ? [above, node, down] : [node, above, up];
    const rivals = [...space.among(child, inside)].filter(
      (other) => other !== child && tree.get(child)?.has(other) !== true,
    );
    return bond(space, parent, child, found, rivals, sentences(facts, parent, child));
  });
}

function bond(
  space: FamilySpace,
  parent: number,
  child: number,
  { chance, stated }: Direction,
  rivals: readonly number[],
  signs: readonly string[],
): Bond {
  const square = rivals.reduce((least, node) => Math.min(least, space.square(child, node)), Infinity);
  const rival = square < Infinity ? Math.sqrt(square) : undefined;
  return { child, parent, directed: stated, chance, rival, signs: stated ? signs : [] };
}

/** Whether a node may be taken for a parent. */
function mayRival(space: FamilySpace, root: number, node: number, child: number): boolean {
  return space.square(root, node) < space.square(root, child) && contained(space, root, node, child) >= RIVAL;
}

function sentences(facts: DirectionFacts, parent: number, child: number): string[] {
  return facts
    .signs(parent, child)
    .filter(({ odds }) => odds > 0)
    .map(({ sentence }) => sentence);
}
