import { Age, directionSigns, type DirectionSign } from './direction-evidence.ts';
import { typeClasses, type TypeClass } from './infer-classes.ts';
import type { Placed } from './infer-points.ts';
import { isHub } from './infer-hub.ts';
import { orient, type Bond, type DirectionFacts, type Rooted } from './infer-orient.ts';
import { ancestorsOf, mayDescend } from './infer-rooted.ts';
import type { Said } from './infer-said.ts';
import { FamilySpace } from './infer-space.ts';
import { pathBetween, type Tree } from './infer-tree.ts';
import { fitArithmetic } from './merge-arithmetic.ts';
import { findMerges, fitMerge, type MergeFit } from './merge-fit.ts';
import type { ModelProfile } from './profile.ts';

/** A model whose weights are related to those of the other members of its family. */
export interface Member extends Placed {
  readonly profile: ModelProfile;
  readonly said?: Said | undefined;
}

/** A family before words are found for it. Nodes are positions of members: the originals of the classes of types. */
export interface FamilyShape {
  readonly space: FamilySpace;
  readonly classes: readonly TypeClass[];
  /** Merges that the bytes explain. */
  readonly merges: ReadonlyMap<number, MergeFit>;
  /** Nodes that have one parent, or a neighbour. */
  readonly bonds: readonly Bond[];
}

/** How much nearer than its parent in the tree a merge must be to be the parent. */
const NEARER = 0.95;
/** Logarithm of the odds that what lies between two parents of a merge is the base of both. */
const BETWEEN = 1.5;

/** What was said, in terms of nodes. */
interface NodeFacts {
  readonly fixed: Map<number, number>;
  readonly capped: Set<number>;
  readonly merges: Map<number, readonly number[]>;
  /** Nodes whose parents a person decided, and those of them that have none. */
  readonly decided: Set<number>;
  readonly cleared: Set<number>;
}

/** Finds merges, then the tree of the rest with its directions. */
export function* inferFamily(members: readonly Member[]): Generator<void, FamilyShape> {
  const space = yield* FamilySpace.of(members);
  const classes = yield* typeClasses(members, space);
  const nodes = classes.map(({ original }) => original);
  const said = nodeFacts(members, classes);
  const ages = new Map<number, Age>();
  const shapes = new Map<string, Age['matrices']>();
  for (const node of nodes) {
    yield;
    const member = members[node];
    if (member) ages.set(node, new Age(member.profile, member, shapes));
  }

  const merges = yield* mergesOf(space, nodes, said, ages);
  const isMerge = (node: number): boolean => merges.has(node) || said.merges.has(node);
  const single = nodes.filter((node) => !isMerge(node));
  for (const [child, parent] of said.fixed) {
    if (!isMerge(parent)) continue;
    said.fixed.delete(child);
    said.capped.add(child);
  }
  const parentsOfMerge = new Map<number, readonly number[]>([
    ...said.merges,
    ...[...merges].map(([node, fit]) => [node, fit.parents.map((parent) => parent.node)] as const),
  ]);
  const { bonds, rooted } = orient(space, single, directionFacts(space, members, ages, said, parentsOfMerge));
  const free = (node: number): boolean => !said.capped.has(node) && !said.fixed.has(node);
  const settled = childrenOfMerges(space, bonds, rooted, parentsOfMerge, free);
  for (const tree of rooted) yield* addArithmetic(space, tree, settled, merges, free);
  const kept = settled.filter(({ child }) => !merges.has(child) && !said.cleared.has(child));
  // A neighbour of what has no parent can only be its child.
  const bonded = kept.map((bond) => (said.cleared.has(bond.parent) ? { ...bond, directed: true } : bond));
  return { space, classes, merges, bonds: bonded };
}

function nodeFacts(members: readonly Member[], classes: readonly TypeClass[]): NodeFacts {
  const nodeOf = new Map<number, number>();
  for (const one of classes) {
    for (const member of one.members) nodeOf.set(members[member]?.profile.id ?? -1, one.original);
  }
  const facts: NodeFacts = {
    ...{ fixed: new Map(), capped: new Set(), merges: new Map() },
    ...{ decided: new Set(), cleared: new Set() },
  };
  for (const { original, members: inside, origins } of classes) {
    const speaker = [original, ...inside].find((member) => members[member]?.said && !origins.has(member));
    const said = speaker === undefined ? undefined : members[speaker]?.said;
    if (!said) continue;
    if (said.kind === 'confirmed') facts.decided.add(original);
    if (said.parents.length === 0) facts.cleared.add(original);
    const parents = said.parents
      .flatMap(({ id }) => nodeOf.get(id) ?? [])
      .filter((node) => node !== original);
    const [parent] = parents;
    if (said.merge) facts.merges.set(original, parents);
    else if (parent !== undefined) facts.fixed.set(original, parent);
    else if (said.parents.some(({ id }) => !nodeOf.has(id))) facts.capped.add(original);
  }
  return facts;
}

function* mergesOf(
  space: FamilySpace,
  nodes: readonly number[],
  said: NodeFacts,
  ages: ReadonlyMap<number, Age>,
): Generator<void, Map<number, MergeFit>> {
  const runOf = (node: number): string | undefined => ages.get(node)?.step?.series;
  const candidates = nodes.filter((node) => !said.decided.has(node) && !said.merges.has(node));
  const found = yield* findMerges(space, nodes, candidates, (node, parent) => {
    const sameRun = runOf(node) !== undefined && runOf(node) === runOf(parent);
    return !sameRun && said.fixed.get(parent) !== node && said.merges.get(parent)?.includes(node) !== true;
  });
  for (const [node, parents] of said.merges) {
    const fit = parents.length > 1 ? fitMerge(space, node, parents) : undefined;
    if (fit) found.set(node, fit);
  }
  for (const node of found.keys()) said.fixed.delete(node);
  return found;
}

function directionFacts(
  space: FamilySpace,
  members: readonly Member[],
  ages: ReadonlyMap<number, Age>,
  { fixed, capped }: NodeFacts,
  parentsOfMerge: ReadonlyMap<number, readonly number[]>,
): DirectionFacts {
  const known = new Map<string, readonly DirectionSign[]>();
  const between = new Map<Tree, Set<number>>();
  return {
    fixed,
    capped,
    signs: (a, b) => {
      const key = `${a} ${b}`;
      const [one, other] = [ages.get(a), ages.get(b)];
      const signs = known.get(key) ?? (one && other ? directionSigns(one, other) : []);
      known.set(key, signs);
      return signs;
    },
    favour: (node, tree) => {
      const inner = between.get(tree) ?? betweenParents(space, tree, parentsOfMerge);
      between.set(tree, inner);
      return inner.has(node) ? BETWEEN : 0;
    },
    hubSentence: (node, neighbours) =>
      `${members[node]?.profile.name ?? ''} is the hub of the family, with ${neighbours} around it`,
  };
}

/** Nodes on the way from one parent of a merge to another. */
function betweenParents(
  space: FamilySpace,
  tree: Tree,
  parentsOfMerge: ReadonlyMap<number, readonly number[]>,
): Set<number> {
  const inner = new Set<number>();
  for (const [first, ...others] of parentsOfMerge.values()) {
    for (const other of others) {
      if (first === undefined) continue;
      for (const node of pathBetween(tree, first, other).slice(1, -1)) {
        if (isHub(space, node, [first, other])) inner.add(node);
      }
    }
  }
  return inner;
}

/** Hangs nodes on a merge that they are nearer to than to any other, unless the merge came from them. */
function childrenOfMerges(
  space: FamilySpace,
  bonds: readonly Bond[],
  rooted: readonly Rooted[],
  parentsOfMerge: ReadonlyMap<number, readonly number[]>,
  free: (node: number) => boolean,
): Bond[] {
  const merges = new Set(parentsOfMerge.keys());
  const treeOf = new Map(rooted.flatMap((tree) => [...tree.parents.keys()].map((node) => [node, tree])));
  return bonds.map((bond): Bond => {
    const tree = treeOf.get(bond.child);
    if (!tree || !free(bond.child)) return bond;
    let { parent } = bond;
    let least = space.distance(bond.child, bond.parent) * NEARER;
    for (const merge of space.among(bond.child, merges)) {
      if (space.distance(merge, bond.child) >= least) continue;
      if (!mayDescend(space, tree.root, merge, bond.child)) continue;
      const sources = parentsOfMerge.get(merge) ?? [];
      if (sources.some((source) => ancestorsOf(tree.parents, source).has(bond.child))) continue;
      parent = merge;
      least = space.distance(merge, bond.child);
    }
    if (parent === bond.parent) return bond;
    // A merge has its parents: it is nobody's child here.
    const rival = space.distance(bond.child, bond.parent);
    return { ...bond, parent, directed: true, chance: tree.chance, rival, signs: [] };
  });
}

/** Nodes without children that are sums of updates of others. */
function* addArithmetic(
  space: FamilySpace,
  { root, parents }: Rooted,
  bonds: readonly Bond[],
  merges: Map<number, MergeFit>,
  free: (node: number) => boolean,
): Generator<void, void> {
  const withChildren = new Set(bonds.map(({ parent }) => parent));
  for (const node of parents.keys()) {
    yield;
    if (withChildren.has(node) || !free(node) || merges.has(node)) continue;
    const fit = fitArithmetic(space, root, node, (other) => parents.has(other) && !merges.has(other));
    if (fit) merges.set(node, fit);
  }
}
