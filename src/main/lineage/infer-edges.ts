import type { Evidence, LineageEdge } from './edges.ts';
import type { Known } from './infer-compare.ts';
import { differenceOf } from './infer-difference.ts';
import type { TypeClass } from './infer-classes.ts';
import type { FamilyShape, Member } from './infer-family.ts';
import { storedGrid } from './infer-grids.ts';
import type { Bond } from './infer-orient.ts';
import type { Said, SaidParent } from './infer-said.ts';
import { differenceSentence, mergeSentence, typeSentence, unchangedSentence } from './infer-words.ts';
import { roundWeight } from './merge-words.ts';

/** Confidence in what a model declares: where its weights bear it out, and where they could not be compared. */
const DECLARED = { related: 0.97, unknown: 0.6, contradicted: 0.3 } as const;
const MERGED = 0.99;
const CAST = 0.97;
const SAME_VALUES = 0.8;

/** Edges of all members of a family, said and measured. */
export function* familyEdges(members: readonly Member[], shape: FamilyShape): Generator<void, LineageEdge[]> {
  const known: KnownFamily = {
    members,
    shape,
    classes: new Map(shape.classes.flatMap((one) => one.members.map((member) => [member, one]))),
    bonds: Map.groupBy(shape.bonds, ({ child }) => child),
    places: new Map(members.map(({ profile }, index) => [profile.id, index])),
  };
  const edges: LineageEdge[] = [];
  for (const index of members.keys()) {
    yield;
    edges.push(...new MemberEdges(known, index).edges());
  }
  return edges;
}

/** Edges of models that are compared with nobody. */
export function saidEdges(
  models: ReadonlyMap<number, Known>,
  said: ReadonlyMap<number, Said>,
): LineageEdge[] {
  return [...said].flatMap(([child, facts]) =>
    models.has(child) ? facts.parents.map((parent) => saidEdge(child, facts, parent, [])) : [],
  );
}

function saidEdge(child: number, said: Said, parent: SaidParent, measured: readonly string[]): LineageEdge {
  const bytes = measured.length > 0 ? measured : [parent.comparison.sentence];
  return {
    child,
    parent: parent.id,
    ...(parent.weight !== undefined && { weight: parent.weight }),
    evidence: said.kind,
    confidence: said.kind === 'confirmed' ? 1 : DECLARED[parent.comparison.verdict],
    directed: true,
    reasons: [
      ...parent.reasons.map((sentence): Evidence => ({ kind: said.kind, sentence })),
      ...bytes.map((sentence): Evidence => ({ kind: 'measured', sentence })),
    ],
  };
}

/** A family, and where to find what in it. */
interface KnownFamily {
  readonly members: readonly Member[];
  readonly shape: FamilyShape;
  readonly classes: ReadonlyMap<number, TypeClass>;
  readonly bonds: ReadonlyMap<number, readonly Bond[]>;
  /** Positions of members by catalogue id. */
  readonly places: ReadonlyMap<number, number>;
}

/** The edges of one member to its parents. */
class MemberEdges {
  readonly #members: readonly Member[];
  readonly #shape: FamilyShape;
  readonly #known: KnownFamily;
  readonly #index: number;

  constructor(known: KnownFamily, index: number) {
    this.#members = known.members;
    this.#shape = known.shape;
    this.#known = known;
    this.#index = index;
  }

  edges(): LineageEdge[] {
    const said = this.#members[this.#index]?.said;
    const node = this.#nodeOf(this.#index);
    const merge = this.#shape.merges.get(node);
    if (said && (said.kind === 'confirmed' || said.merge || !merge)) {
      return said.parents.map((parent) => this.#saidEdge(said, parent));
    }
    const origin = this.#classOf(this.#index)?.origins.get(this.#index);
    if (origin) {
      const how = origin.how === 'cast' ? 'cast' : 'equal';
      return [this.#typeEdge(origin.from, how, origin.directed)];
    }
    if (merge) return merge.parents.map((parent) => this.#mergeEdge(parent.node, parent.weight, said));
    const bonds = this.#known.bonds.get(node) ?? [];
    if (this.#index !== node && !bonds.some(({ directed }) => directed)) {
      return [this.#typeEdge(node, 'roundings', false)];
    }
    return bonds.map((bond) => this.#bondEdge(bond));
  }

  #saidEdge(said: Said, parent: SaidParent): LineageEdge {
    const child = this.#id(this.#index);
    const position = this.#known.places.get(parent.id);
    if (position === undefined) return saidEdge(child, said, parent, []);
    const fit = this.#shape.merges.get(this.#nodeOf(this.#index));
    const share = fit?.parents.find(({ node }) => node === this.#nodeOf(position));
    const weight = share ? roundWeight(share.weight) : parent.weight;
    const known = weight === undefined ? parent : { ...parent, weight };
    return saidEdge(child, said, known, [
      ...(fit && said.merge ? [this.#recipe()] : []),
      ...this.#difference(position, false),
    ]);
  }

  #mergeEdge(parent: number, weight: number, said: Said | undefined): LineageEdge {
    const named = said?.parents.find(({ id }) => id === this.#id(parent));
    return {
      child: this.#id(this.#index),
      parent: this.#id(this.#twinOf(parent)),
      weight: roundWeight(weight),
      evidence: 'measured',
      confidence: MERGED,
      directed: true,
      reasons: [
        ...(named?.reasons ?? []).map((sentence): Evidence => ({ kind: 'declared', sentence })),
        { kind: 'measured', sentence: this.#recipe() },
      ],
    };
  }

  #bondEdge({ parent, directed, chance, rival, signs }: Bond): LineageEdge {
    const distance = this.#shape.space.distance(this.#nodeOf(this.#index), parent);
    const margin = rival === undefined ? 1 : Math.max(0, 1 - distance / rival);
    const sure = 0.6 + 0.37 * Math.min(1, margin / 0.15);
    const nearest = rival === undefined || distance <= rival;
    const sentences = [...this.#difference(parent, nearest), ...signs];
    return {
      child: this.#id(this.#index),
      parent: this.#id(this.#twinOf(parent)),
      evidence: 'measured',
      confidence: directed ? sure * chance : sure,
      directed,
      reasons: sentences.map((sentence) => ({ kind: 'measured', sentence })),
    };
  }

  #typeEdge(from: number, how: 'equal' | 'cast' | 'roundings', directed: boolean): LineageEdge {
    const [child, parent] = [this.#members[this.#index], this.#members[from]];
    const types = [child, parent].map((member) => (member ? storedGrid(member.layout) : 'F32'));
    return {
      child: this.#id(this.#index),
      parent: this.#id(from),
      evidence: 'measured',
      confidence: how === 'cast' || directed ? CAST : SAME_VALUES,
      directed,
      reasons: [{ kind: 'measured', sentence: typeSentence(how, types[0] ?? '', types[1] ?? '') }],
    };
  }

  #difference(parent: number, nearest: boolean): string[] {
    const [one, other] = [this.#members[this.#index], this.#members[parent]];
    if (!one || !other) return [];
    const of = nearest ? this.#shape.classes.length - 1 : 0;
    const difference = differenceOf(one.layout, other.layout);
    return [differenceSentence(difference, of), ...unchangedSentence(difference)];
  }

  #recipe(): string {
    const fit = this.#shape.merges.get(this.#nodeOf(this.#index));
    const parents = (fit?.parents ?? []).map(({ node, weight }) => ({
      name: this.#members[this.#twinOf(node)]?.profile.name ?? '',
      weight: roundWeight(weight),
    }));
    return mergeSentence(parents, fit?.remainder ?? 0);
  }

  /** The member of a parent's class that has the type of this one. */
  #twinOf(node: number): number {
    const members = this.#classOf(node)?.members ?? [node];
    if (members.length === 1) return node;
    const layout = this.#members[this.#index]?.layout;
    const stored = layout && storedGrid(layout);
    const same = members.find((member) => {
      const other = this.#members[member]?.layout;
      return other !== undefined && storedGrid(other) === stored;
    });
    return same ?? node;
  }

  #classOf(member: number) {
    return this.#known.classes.get(member);
  }

  #nodeOf(member: number): number {
    return this.#classOf(member)?.original ?? member;
  }

  #id(member: number): number {
    return this.#members[member]?.profile.id ?? -1;
  }
}
