import type { DirectionSign } from './direction-evidence.ts';
import { parentChances, rootChances } from './direction-root.ts';
import { rootedParents } from './infer-rooted.ts';
import type { FamilySpace } from './infer-space.ts';
import { shortestTree, treesOf, type Tree, type TreeFacts } from './infer-tree.ts';

/** Two nodes that are parent and child, or relatives of which nobody knows who came first. */
export interface Bond {
  readonly child: number;
  readonly parent: number;
  readonly directed: boolean;
  /** How likely the direction is right. */
  readonly chance: number;
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

/** Chance from which a direction is stated. */
const SURE = 0.8;
/** Chance from which a node is taken as the root, and parents are chosen by what their descendants contain. */
const ROOT = 0.6;
/** Logarithm of the odds of what somebody said. */
const SAID = 9;
/** Logarithm of the odds from which signs speak against a parent. */
const AGAINST = -2;

/** Bonds of the nodes that are no merges, and the trees whose roots are known. */
export function orient(
  space: FamilySpace,
  nodes: readonly number[],
  facts: DirectionFacts,
): { readonly bonds: Bond[]; readonly rooted: Rooted[] } {
  const tree = shortestTree(space, nodes, facts);
  const bonds: Bond[] = [];
  const rooted: Rooted[] = [];
  for (const { nodes: inside, from } of treesOf(tree)) {
    const chances = rootChances(
      tree,
      inside,
      from,
      (a, b) => saidOdds(facts, a, b) + sum(facts.signs(a, b)),
      (node) => facts.favour(node, tree),
    );
    const [root, chance] = [...chances].reduce((best, one) => (one[1] > best[1] ? one : best), [-1, 0]);
    if (inside.length > 2 && chance >= ROOT) {
      const against = (parent: number, child: number): boolean => sum(facts.signs(parent, child)) <= AGAINST;
      const parents = rootedParents(space, inside, root, facts, against);
      rooted.push({ root, chance, nodes: inside, parents });
    }
    const known = rooted.at(-1)?.nodes === inside ? rooted.at(-1) : undefined;
    const down = parentChances(inside, from, chances);
    if (known) bonds.push(...rootedBonds(known, from, down, facts));
    else bonds.push(...openBonds(from, down, facts));
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

function rootedBonds(
  { root, chance, parents }: Rooted,
  from: ReadonlyMap<number, number>,
  down: ReadonlyMap<number, number>,
  facts: DirectionFacts,
): Bond[] {
  const children = [...parents.values()].filter((parent) => parent === root).length;
  return [...parents].map(([child, parent]): Bond => {
    const inTree = from.get(child) === parent ? down.get(child) : undefined;
    const turned = from.get(parent) === child ? 1 - (down.get(parent) ?? 0) : undefined;
    const sure = inTree ?? turned ?? chance;
    return {
      child,
      parent,
      directed: sure >= SURE,
      chance: sure,
      signs: sure >= SURE ? [...sentences(facts, parent, child), facts.hubSentence(root, children)] : [],
    };
  });
}

function openBonds(
  from: ReadonlyMap<number, number>,
  down: ReadonlyMap<number, number>,
  facts: DirectionFacts,
): Bond[] {
  return [...from].map(([node, above]): Bond => {
    const chance = down.get(node) ?? 0.5;
    const [parent, child] = chance >= 0.5 ? [above, node] : [node, above];
    const sure = Math.max(chance, 1 - chance);
    return {
      child,
      parent,
      directed: sure >= SURE,
      chance: sure,
      signs: sure >= SURE ? sentences(facts, parent, child) : [],
    };
  });
}

function sentences(facts: DirectionFacts, parent: number, child: number): string[] {
  return facts
    .signs(parent, child)
    .filter(({ odds }) => odds > 0)
    .map(({ sentence }) => sentence);
}
