import type { Contradiction, Decision, LineageEdge } from './edges.ts';
import { withoutCircles } from './infer-circles.ts';
import type { Known } from './infer-compare.ts';
import { copyEdges, findCopies } from './infer-copies.ts';
import { familyEdges, saidEdges } from './infer-edges.ts';
import { inferFamily, type Member } from './infer-family.ts';
import { findFamilies } from './infer-kinship.ts';
import type { Layout } from './infer-layout.ts';
import { collectSaid, type Said } from './infer-said.ts';
import { summaryOf, type Summary } from './infer-summary.ts';
import { LayoutCache } from './layout-cache.ts';
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
  const steps = inferenceSteps(models, decisions);
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
}

/**
 * As `inferLineage`, a little at a time: between two steps there are some milliseconds of work (in families of
 * thousands, at times a second), and whoever takes
 * them may pause or stop. Sketches are asked for one by one and not kept: the memory needed grows by some kB a model.
 */
export function* inferenceSteps(
  models: readonly ModelProfile[],
  decisions: readonly Decision[],
): Generator<void, Lineage> {
  const layouts = new LayoutCache();
  const known = new Map<number, Known>(
    models.map((profile) => [profile.id, new CachedModel(profile, layouts)]),
  );
  const summaries = new Map<number, Summary>();
  for (const profile of models) {
    yield;
    const { sketch } = profile;
    summaries.set(profile.id, summaryOf(profile, sketch, layouts.of(profile, sketch)));
  }
  const { said, contradictions } = yield* collectSaid(known, decisions);
  const copies = findCopies(models, summaries, said);
  const edges = copyEdges(known, copies, said);
  const alone = new Map(said);
  for (const id of copies.keys()) alone.delete(id);
  for (const adapters of [false, true]) {
    const kind = models.flatMap((profile): FamilyMember[] => {
      const [facts, summary] = [said.get(profile.id), summaries.get(profile.id)];
      const basedAdapter = profile.adapter && facts !== undefined;
      if (!summary || summary.layoutKey === '' || basedAdapter || copies.has(profile.id)) return [];
      return profile.adapter === adapters ? [new FamilyMember(profile, layouts, summary, facts)] : [];
    });
    for (const family of yield* findFamilies(kind)) {
      const inside = family.flatMap((index) => kind[index] ?? []);
      edges.push(...(yield* familyEdges(inside, yield* inferFamily(inside))));
      for (const { profile } of inside) alone.delete(profile.id);
    }
  }
  edges.push(...saidEdges(known, alone));
  const sound = withoutCircles(edges);
  return { edges: sound, contradictions, families: connected(models, sound) };
}

/** A model whose layout is made when it is asked for. */
class CachedModel implements Known {
  readonly profile: ModelProfile;
  readonly #layouts: LayoutCache;

  constructor(profile: ModelProfile, layouts: LayoutCache) {
    this.profile = profile;
    this.#layouts = layouts;
  }

  get layout(): Layout | undefined {
    return this.#layouts.of(this.profile);
  }
}

/** A model that may have relatives. */
class FamilyMember implements Member, Summary {
  readonly profile: ModelProfile;
  readonly said: Said | undefined;
  readonly weightsKey: string | undefined;
  readonly layoutKey: string;
  readonly signs: Uint32Array;
  readonly telling: boolean;
  readonly #layouts: LayoutCache;

  constructor(profile: ModelProfile, layouts: LayoutCache, summary: Summary, said: Said | undefined) {
    this.profile = profile;
    this.said = said;
    this.#layouts = layouts;
    this.weightsKey = summary.weightsKey;
    this.layoutKey = summary.layoutKey;
    this.signs = summary.signs;
    this.telling = summary.telling;
  }

  get layout(): Layout {
    return this.#layouts.of(this.profile) ?? none;
  }
}

const none: Layout = new Map();

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
