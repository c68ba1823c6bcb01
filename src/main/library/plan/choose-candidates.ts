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
}

/** What candidates are chosen from. */
export interface ChooseRequest {
  readonly models: readonly ChoosingModel[];
  /** The sketch of a model; undefined where it has none yet: it is left out. */
  readonly sketchOf: (id: number) => Promise<ModelSketch | undefined>;
  /** What was predicted before, and need not be again. */
  readonly known?: readonly StorageCandidate[];
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
  const { models, signal, onProgress, known = [], alone = false } = request;
  const sketches = new SketchCache(request.sketchOf);
  const families = await familiesOf(models, sketches, signal);
  const pairs = families.flatMap(({ members, fingerprints }) => pairsOf(members, fingerprints));
  if (alone) pairs.push(...models.filter(({ child }) => child).map((child) => ({ child, parent: null })));
  const before = new Map(known.map((each) => [`${each.child} ${each.parent}`, each]));
  const candidates: StorageCandidate[] = [];
  for (const [done, { child, parent }] of pairs.entries()) {
    // Others are answered in between: a prediction takes some ten milliseconds.
    await setImmediate();
    signal?.throwIfAborted();
    const candidate = before.get(`${child.id} ${parent}`) ?? (await predicted(child.id, parent, sketches));
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

/** Models compared with the first member of each family before them. */
async function familiesOf(
  models: readonly ChoosingModel[],
  sketches: SketchCache,
  signal: AbortSignal | undefined,
): Promise<Family[]> {
  const families: Family[] = [];
  for (const model of models) {
    await setImmediate();
    signal?.throwIfAborted();
    const sketch = await sketches.get(model.id);
    if (!sketch) continue;
    const fingerprint = fingerprintOf(sketch);
    let family: Family | undefined;
    for (const each of families) {
      const [first] = each.members;
      const other = first && (await sketches.get(first.id));
      if (!other || !mayRelate(sketch, other) || !sameFamily(similarity(sketch, other))) continue;
      family = each;
      break;
    }
    if (!family) families.push((family = { members: [], fingerprints: [] }));
    family.members.push(model);
    family.fingerprints.push(fingerprint);
  }
  return families;
}

/** A glance before tensors are compared: relatives have about as many of them. */
function mayRelate({ tensors: a }: ModelSketch, { tensors: b }: ModelSketch): boolean {
  return Math.min(a.length, b.length) * 3 >= Math.max(a.length, b.length);
}

interface Pair {
  readonly child: ChoosingModel;
  readonly parent: number | null;
}

function pairsOf(members: readonly ChoosingModel[], fingerprints: readonly Fingerprint[]): Pair[] {
  if (members.length <= ALL_PAIRS) {
    return members
      .filter(({ child }) => child)
      .flatMap((child) => members.filter((each) => each !== child).map(({ id }) => ({ child, parent: id })));
  }
  const to = (a: number, b: number): number => distanceOf(fingerprints[a], fingerprints[b]);
  const hubs = hubsOf(members.length, to);
  return members.flatMap((child, index): Pair[] => {
    if (!child.child) return [];
    const near = nearestOf(index, members.length, to);
    const parents = new Set([...near, ...hubs].filter((other) => other !== index));
    return [...parents].flatMap((other) => {
      const parent = members[other];
      return parent ? [{ child, parent: parent.id }] : [];
    });
  });
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
