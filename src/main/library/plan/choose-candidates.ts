import { setImmediate } from 'node:timers/promises';
import { predictStored, sameFamily, similarity, type ModelSketch } from '../../lineage/index.ts';
import { distance, fingerprintOf, type Fingerprint } from './fingerprint.ts';
import { SketchCache } from './sketch-cache.ts';
import type { StorageCandidate } from './storage-plan.ts';

/** A model that candidates are wanted for, or that may be one. */
export interface ChoosingModel {
  /** Catalogue id. */
  readonly id: number;
  /** Bytes of its files. */
  readonly bytes: number;
  /** Whether ways to store it are wanted; false: it may only be a parent. */
  readonly child: boolean;
  /** Equal for models that are known to be relatives; absent where nothing is known of it. */
  readonly family?: number;
}

/** What candidates are chosen from. */
export interface ChooseRequest {
  readonly models: readonly ChoosingModel[];
  /** The sketch of a model; undefined where it has none yet: it is left out. */
  readonly sketchOf: (id: number) => Promise<ModelSketch | undefined>;
  /** What was predicted before, and need not be again. */
  readonly known?: (child: number, parent: number | null) => StorageCandidate | undefined;
  /** Told what is predicted now. */
  readonly onPredicted?: (candidate: StorageCandidate) => void;
  /** Also predict what each would be without a parent; default false: a model without relatives is kept. */
  readonly alone?: boolean;
  readonly signal?: AbortSignal;
  /** Told after each prediction. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Members of a family up to which each is predicted against each other. */
const ALL_PAIRS = 40;
/** In larger ones: the nearest of each, and the members that are nearest to all. */
const NEAREST = 8;
const HUBS = 8;
/** Members that tell how near another is to all. */
const HUB_SAMPLE = 64;
/** In families of more than this, of both only so many: the work would be hours. */
const MANY = 120;
const NEAREST_OF_MANY = 3;
const HUBS_OF_MANY = 2;
/** Families that a model of which no relatives are known is compared with: those that seem nearest. */
const COMPARED = 12;
/** Distance of strangers, about; what is farther counts as that. */
const FARTHEST = 4;
/** Members among which the nearest are looked for. */
const WINDOW = 1000;
/** A delta of more than this share of the model is not worth a base that has to stay. */
const WORTHWHILE = 0.95;

/**
 * Ways to store models, with predicted bytes: against each other member of their family, or in large families against
 * the nearest and against hubs, so that the number of predictions grows with the number of models and not its square.
 * @throws the signal's reason when cancelled, and what `sketchOf` throws
 */
export async function chooseCandidates(request: ChooseRequest): Promise<StorageCandidate[]> {
  const { models, signal, onProgress, onPredicted, known, alone = false } = request;
  const sketches = new SketchCache(request.sketchOf);
  const families = await familiesOf(models, sketches, signal);
  const pairs: Pair[] = [];
  for (const { members, fingerprints } of families) {
    pairs.push(...(await pairsOf(members, fingerprints, signal)));
  }
  if (alone) pairs.push(...models.filter(({ child }) => child).map((child) => ({ child, parent: null })));
  const candidates: StorageCandidate[] = [];
  for (const [done, { child, parent }] of pairs.entries()) {
    // Others are answered in between: a prediction takes some ten milliseconds.
    await setImmediate();
    signal?.throwIfAborted();
    let candidate = known?.(child.id, parent);
    if (!candidate) {
      candidate = await predicted(child.id, parent, sketches);
      if (candidate) onPredicted?.(candidate);
    }
    if (candidate && candidate.predictedBytes <= child.bytes * WORTHWHILE) candidates.push(candidate);
    onProgress?.(done + 1, pairs.length);
  }
  return candidates;
}

async function predicted(
  child: number,
  parent: number | null,
  sketches: SketchCache,
): Promise<StorageCandidate | undefined> {
  const sketch = await sketches.get(child);
  const other = parent === null ? null : await sketches.get(parent);
  if (!sketch || other === undefined) return undefined;
  const { bytes, confidence } = predictStored(sketch, other);
  return { child, parent, predictedBytes: bytes, confidence };
}

interface Family {
  readonly members: ChoosingModel[];
  readonly fingerprints: Fingerprint[];
}

/** Models joined with their known relatives, the others compared with the first member of families before them. */
async function familiesOf(
  models: readonly ChoosingModel[],
  sketches: SketchCache,
  signal: AbortSignal | undefined,
): Promise<Family[]> {
  const families: Family[] = [];
  const byKnown = new Map<number, Family>();
  for (const model of models) {
    await setImmediate();
    signal?.throwIfAborted();
    const sketch = await sketches.get(model.id);
    if (!sketch) continue;
    const fingerprint = fingerprintOf(sketch);
    const related = model.family === undefined ? undefined : byKnown.get(model.family);
    const relative = related?.members[0] && (await sketches.get(related.members[0].id));
    // An adapter is of the family of its base, and still has nothing that compares.
    let family = relative && mayRelate(sketch, relative) ? related : undefined;
    for (const each of family ? [] : nearestFamilies(families, fingerprint)) {
      const [first] = each.members;
      const other = first && (await sketches.get(first.id));
      if (!other || !mayRelate(sketch, other) || !sameFamily(similarity(sketch, other))) continue;
      family = each;
      break;
    }
    if (!family) families.push((family = { members: [], fingerprints: [] }));
    if (model.family !== undefined && !related) byKnown.set(model.family, family);
    family.members.push(model);
    family.fingerprints.push(fingerprint);
  }
  return families;
}

/** The families whose first members seem nearest; all, where there are few. */
function nearestFamilies(families: readonly Family[], fingerprint: Fingerprint): readonly Family[] {
  if (families.length <= COMPARED) return families;
  return families
    .map((family) => ({ family, far: distanceOf(family.fingerprints[0], fingerprint) }))
    .sort((a, b) => a.far - b.far || 0)
    .slice(0, COMPARED)
    .map(({ family }) => family);
}

/** A glance before tensors are compared: relatives have about as many of them. */
function mayRelate({ tensors: a }: ModelSketch, { tensors: b }: ModelSketch): boolean {
  return Math.min(a.length, b.length) * 3 >= Math.max(a.length, b.length);
}

interface Pair {
  readonly child: ChoosingModel;
  readonly parent: number | null;
}

async function pairsOf(
  members: readonly ChoosingModel[],
  fingerprints: readonly Fingerprint[],
  signal: AbortSignal | undefined,
): Promise<Pair[]> {
  if (members.length <= ALL_PAIRS) {
    return members
      .filter(({ child }) => child)
      .flatMap((child) => members.filter((each) => each !== child).map(({ id }) => ({ child, parent: id })));
  }
  const to = (a: number, b: number): number => distanceOf(fingerprints[a], fingerprints[b]);
  const many = members.length > MANY;
  const hubs = hubsOf(members.length, to);
  const pairs: Pair[] = [];
  for (const [index, child] of members.entries()) {
    if (!child.child) continue;
    await setImmediate();
    signal?.throwIfAborted();
    const near = nearestOf(index, members.length, to);
    const parents = new Set([
      ...(many ? near.slice(0, NEAREST_OF_MANY) : near),
      ...(many ? nearerHubs(index, hubs, to) : hubs).filter((other) => other !== index),
    ]);
    for (const other of parents) {
      const parent = members[other];
      if (parent) pairs.push({ child, parent: parent.id });
    }
  }
  return pairs;
}

type Distance = (a: number, b: number) => number;

function distanceOf(a: Fingerprint | undefined, b: Fingerprint | undefined): number {
  return a && b ? distance(a, b) : Infinity;
}

/** The members that are nearest to a sample of all. */
function hubsOf(count: number, to: Distance): number[] {
  const step = Math.ceil(count / HUB_SAMPLE);
  const sample = [...Array(count).keys()].filter((index) => index % step === 0);
  const totals = [...Array(count).keys()].map((index) => ({
    index,
    total: sample.reduce((sum, other) => sum + Math.min(to(index, other), FARTHEST), 0),
  }));
  return totals
    .sort((a, b) => a.total - b.total || a.index - b.index)
    .slice(0, HUBS)
    .map(({ index }) => index);
}

/** The first hub, the one that is nearest to all, and the nearest of the others. */
function nearerHubs(index: number, [first, ...others]: readonly number[], to: Distance): number[] {
  const nearest = others
    .filter((other) => other !== index)
    .sort((a, b) => to(index, a) - to(index, b) || a - b);
  return [...(first === undefined ? [] : [first]), ...nearest.slice(0, HUBS_OF_MANY - 1)];
}

/** The nearest of a member; in very large families, of those that were listed near it. */
function nearestOf(index: number, count: number, to: Distance): number[] {
  const first = Math.max(0, Math.min(index - WINDOW / 2, count - WINDOW));
  return [...Array(Math.min(count, WINDOW)).keys()]
    .map((offset) => first + offset)
    .filter((other) => other !== index)
    .map((other) => ({ other, far: to(index, other) }))
    .sort((a, b) => a.far - b.far || a.other - b.other)
    .slice(0, NEAREST)
    .map(({ other }) => other);
}
