import type { FamilySpace } from './infer-space.ts';
import type { TreeFacts } from './infer-tree.ts';

// Parents in a family whose root is known. A descendant contains what its ancestors had changed, so its own change
// reaches at least as far in their direction; a sibling shares a part of it at most. Among the ancestors, the parent
// is the nearest.

/** Part of an ancestor's change that its descendants keep at least. Measured: 0.99 and 1.06 over one fine-tune. */
const KEPT = 0.8;
/** How much nearer than the root another parent must be: chance makes siblings differ by that. */
const NEARER = 0.98;

/** Part of the change from `root` to `ancestor` that `node` contains. */
export function contained(space: FamilySpace, root: number, ancestor: number, node: number): number {
  const square = space.square(root, ancestor);
  return square > 0 ? space.product(root, ancestor, node) / square : 1;
}

/** Whether `node` may have come from `ancestor`, which is no root. */
export function mayDescend(space: FamilySpace, root: number, ancestor: number, node: number): boolean {
  return (
    space.square(root, ancestor) < space.square(root, node) && contained(space, root, ancestor, node) >= KEPT
  );
}

/**
 * The parent of every node but the root and the capped ones.
 * @param against whether other signs speak against `parent` as the parent of `child`
 */
export function rootedParents(
  space: FamilySpace,
  nodes: readonly number[],
  root: number,
  facts: TreeFacts,
  against: (parent: number, child: number) => boolean,
): Map<number, number> {
  const inside = new Set(nodes);
  const parents = new Map<number, number>();
  for (const node of nodes) {
    const fixed = facts.fixed.get(node);
    if (node !== root && fixed !== undefined && inside.has(fixed)) parents.set(node, fixed);
  }
  const inward = [...nodes].sort((a, b) => space.square(root, a) - space.square(root, b));
  for (const node of inward) {
    if (node === root || parents.has(node) || facts.capped.has(node)) continue;
    const limit = space.distance(root, node) * NEARER;
    let best = root;
    let least = limit;
    for (const other of space.among(node, inside)) {
      if (other === node || other === root || space.distance(other, node) >= least) continue;
      if (!mayDescend(space, root, other, node) || against(other, node)) continue;
      if (ancestorsOf(parents, other).has(node)) continue;
      best = other;
      least = space.distance(other, node);
    }
    parents.set(node, best);
  }
  return parents;
}

/** The nodes above a node, itself first. */
export function ancestorsOf(parents: ReadonlyMap<number, number>, node: number): Set<number> {
  const above = new Set([node]);
  for (let up = parents.get(node); up !== undefined && !above.has(up); up = parents.get(up)) above.add(up);
  return above;
}
