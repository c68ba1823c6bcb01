import type { Contradiction, Decision, LineageEdge } from './edges.ts';
import { withoutCircles } from './infer-circles.ts';
import { copyEdges, findCopies } from './infer-copies.ts';
import { familyEdges, saidEdges } from './infer-edges.ts';
import { inferFamily, type Member } from './infer-family.ts';
import type { Known } from './infer-compare.ts';
import { findFamilies } from './infer-kinship.ts';
import { layoutOf } from './infer-layout.ts';
import { collectSaid } from './infer-said.ts';
import type { ModelProfile } from './profile.ts';

/** Who came from whom in a library. */
export interface Lineage {
  readonly edges: readonly LineageEdge[];
  /** Declared parents that the bytes contradict. */
  readonly contradictions: readonly Contradiction[];
  /** Catalogue ids of the models that edges connect; a model without relatives is a family of its own. */
  readonly families: readonly (readonly number[])[];
}

/**
 * Infers the lineage of a library. What a person decided always wins; then what models declare, where the bytes do
 * not contradict it; then what the bytes tell.
 *
 * Models are compared only with those of the same layout, and there with one representative of each family. Inside a
 * family, merges are found first: a merge lies nearer to its parents than their base does, and would become the hub
 * of the shortest tree. The rest is that tree; its directions follow from signs between neighbours and from its hub,
 * and stay open where those do not decide.
 */
export function inferLineage(models: readonly ModelProfile[], decisions: readonly Decision[]): Lineage {
  const known = new Map<number, Known>(
    models.map((profile) => [
      profile.id,
      profile.sketch ? { profile, layout: layoutOf(profile.sketch) } : { profile },
    ]),
  );
  const { said, contradictions } = collectSaid(known, decisions);
  const copies = findCopies(models, said);
  const members = [...known.values()].flatMap(({ profile, layout }): Member[] => {
    const facts = said.get(profile.id);
    const basedAdapter = profile.adapter && facts !== undefined;
    if (!layout || basedAdapter || copies.has(profile.id)) return [];
    return [{ profile, layout, ...(facts && { said: facts }) }];
  });
  const edges = copyEdges(known, copies, said);
  const alone = new Map(said);
  for (const id of copies.keys()) alone.delete(id);
  for (const adapters of [false, true]) {
    const kind = members.filter(({ profile }) => profile.adapter === adapters);
    for (const family of findFamilies(kind.map(({ layout }) => layout))) {
      const inside = family.flatMap((index) => kind[index] ?? []);
      edges.push(...familyEdges(inside, inferFamily(inside)));
      for (const { profile } of inside) alone.delete(profile.id);
    }
  }
  edges.push(...saidEdges(known, alone));
  const sound = withoutCircles(edges);
  return { edges: sound, contradictions, families: connected(models, sound) };
}

/** Models that edges connect, in the order of the first of each. */
function connected(models: readonly ModelProfile[], edges: readonly LineageEdge[]): number[][] {
  const neighbours = new Map<number, number[]>(models.map(({ id }) => [id, []]));
  for (const { child, parent } of edges) {
    neighbours.get(child)?.push(parent);
    neighbours.get(parent)?.push(child);
  }
  const left = new Set(neighbours.keys());
  return models.flatMap(({ id }): number[][] => {
    if (!left.delete(id)) return [];
    const family = [id];
    for (const member of family) {
      for (const next of neighbours.get(member) ?? []) if (left.delete(next)) family.push(next);
    }
    return [family];
  });
}
