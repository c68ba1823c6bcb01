import { resolveDeclared, type ResolvedParent } from './declared-resolve.ts';
import { adapterFit } from './infer-adapters.ts';
import { comparison, type Comparison, type Known } from './infer-compare.ts';
import { inCircles } from './infer-circles.ts';
import { runPredecessors } from './infer-runs.ts';
import type { Contradiction, Decision } from './edges.ts';

// What people and models say of parents, checked against the bytes: the fixed points of a lineage.

/** Models of one name that are compared with a model that names it. */
const MOST_NAMESAKES = 32;

/** A parent that was named. */
export interface SaidParent {
  /** Catalogue id. */
  readonly id: number;
  readonly weight?: number;
  readonly reasons: readonly string[];
  readonly comparison: Comparison;
}

/** The parents that were named for one model. None: a person said that it has none. */
export interface Said {
  readonly kind: 'confirmed' | 'declared';
  readonly merge: boolean;
  readonly parents: readonly SaidParent[];
}

/** All that was said, by the id of the child, and what the bytes contradict. */
export interface SaidFacts {
  readonly said: Map<number, Said>;
  readonly contradictions: Contradiction[];
}

/** Collects decisions and declared facts; a decision always wins. */
export function* collectSaid(
  models: ReadonlyMap<number, Known>,
  decisions: readonly Decision[],
): Generator<void, SaidFacts> {
  const said = new Map<number, Said>();
  const contradictions: Contradiction[] = [];
  const profiles = [...models.values()].map(({ profile }) => profile);
  for (const [id, facts] of resolveDeclared(profiles)) {
    yield;
    const child = models.get(id);
    if (!child) continue;
    const accept = (parents: readonly ResolvedParent[]): SaidParent[] =>
      parents.flatMap((parent) => acceptParent(child, parent, models, contradictions));
    const merged = accept(facts.merge);
    const single = accept(facts.parents);
    if (merged.length > 0) said.set(id, { kind: 'declared', merge: true, parents: merged });
    else if (single[0]) said.set(id, { kind: 'declared', merge: false, parents: [joinReasons(single)] });
  }
  for (const [child, parent] of runPredecessors(profiles)) {
    yield;
    if (said.get(child.id)?.merge) continue;
    const [one, other] = [models.get(child.id), models.get(parent.id)];
    if (!one || !other) continue;
    const compared = comparison(one, other);
    if (compared.verdict !== 'contradicted') {
      const reasons = [`the checkpoint after ${parent.name} in the same run`];
      const found = { id: parent.id, reasons, comparison: compared };
      said.set(child.id, { kind: 'declared', merge: false, parents: [found] });
    }
  }
  for (const { child, parents } of decisions) {
    yield;
    const known = models.get(child);
    if (!known) continue;
    const found = parents.flatMap(({ parent, weight }): SaidParent[] => {
      const other = models.get(parent);
      if (!other || parent === child) return [];
      const compared = comparison(known, other);
      const reasons = ['set or confirmed by a person'];
      return [{ id: parent, ...(weight !== undefined && { weight }), reasons, comparison: compared }];
    });
    said.set(child, { kind: 'confirmed', merge: found.length > 1, parents: found });
  }
  dropCycles(said, models, contradictions);
  return { said, contradictions };
}

/** The model that a name means, unless the bytes contradict it. */
function acceptParent(
  child: Known,
  { declared, candidates }: ResolvedParent,
  models: ReadonlyMap<number, Known>,
  contradictions: Contradiction[],
): SaidParent[] {
  // A name that so many models have tells none of them from the others, whatever their bytes say.
  if (candidates.length > MOST_NAMESAKES) return [];
  const known = candidates.flatMap((id) => models.get(id) ?? []).filter(({ profile }) => !profile.adapter);
  const judged = known.map((model) => ({
    model,
    compared: compare(child, model, declared.proven === true),
  }));
  const viable = judged.filter(({ compared }) => compared.verdict !== 'contradicted');
  const related = viable.filter(({ compared }) => compared.verdict === 'related');
  const [found, ...others] = viable.length === 1 ? viable : related;
  if (!found && judged.length === 1 && judged[0] && viable.length === 0) {
    const { model, compared } = judged[0];
    contradictions.push({
      child: child.profile.id,
      parent: model.profile.id,
      declared: declared.name,
      sentence: `${declared.source} names ${declared.name} as the parent of ${child.profile.name}, but ${compared.sentence}.`,
    });
  }
  if (!found || others.length > 0) return [];
  const { weight, source } = declared;
  return [
    {
      id: found.model.profile.id,
      ...(weight !== undefined && { weight }),
      reasons: [`${source} names it`],
      comparison: found.compared,
    },
  ];
}

function compare(child: Known, parent: Known, proven: boolean): Comparison {
  if (proven) return { verdict: 'related', sentence: 'its tensors have the hash that was named' };
  return child.profile.adapter ? adapterFit(child.profile, parent.profile) : comparison(child, parent);
}

/** The surest parent, with the reasons of all places that name the same one. */
function joinReasons(parents: readonly SaidParent[]): SaidParent {
  const [first] = parents;
  if (!first) throw new Error('no parent to join');
  const reasons = parents.filter(({ id }) => id === first.id).flatMap((parent) => parent.reasons);
  return { ...first, reasons: [...new Set(reasons)] };
}

/** Models that name each other: nobody is believed but the person who spoke first. */
function dropCycles(
  said: Map<number, Said>,
  models: ReadonlyMap<number, Known>,
  contradictions: Contradiction[],
): void {
  const nameOf = (id: number): string => models.get(id)?.profile.name ?? String(id);
  const reaches = (from: number, to: number): boolean => {
    const seen = new Set<number>();
    const open = [from];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at === to) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      open.push(...(said.get(at)?.parents.map(({ id }) => id) ?? []));
    }
    return false;
  };
  const named = [...said].map(([child, { parents }]) => [child, parents.map(({ id }) => id)] as const);
  const entangled = inCircles(new Map(named));
  const circular = [...said].filter(
    ([child, { parents }]) => entangled.has(child) && parents.some(({ id }) => reaches(id, child)),
  );
  circular.sort((a, b) => Number(a[1].kind === 'confirmed') - Number(b[1].kind === 'confirmed'));
  for (const [child, facts] of circular) {
    // What was dropped before may have opened the ring; a declared one of it is still nobody's word.
    if (facts.kind === 'confirmed' && !facts.parents.some(({ id }) => reaches(id, child))) continue;
    said.delete(child);
    for (const { id } of facts.parents) {
      contradictions.push({
        child,
        parent: id,
        declared: nameOf(id),
        sentence: `${nameOf(id)} is named as the parent of ${nameOf(child)}, but that one came from ${nameOf(child)} by what is said of it; one of the two is wrong.`,
      });
    }
  }
}
