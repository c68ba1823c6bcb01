import { createDelta } from '../engine/delta/index.ts';
import type { Pool } from '../engine/pool/index.ts';
import { ModelSource } from '../engine/sources/index.ts';
import {
  chooseCandidates,
  makePlan,
  openModel,
  type FileSystem,
  type PlanModel,
  type StorageCandidate,
} from '../library/index.ts';
import { encodeSketch, sketchModel, type ModelSketch } from '../lineage/index.ts';

/** A model of a library: what it is called, and its folder or file. */
export interface LibraryModel {
  readonly name: string;
  readonly path: string;
}

/** What was predicted for a library, and what came of it. */
export interface MeasuredPlan {
  readonly models: number;
  readonly sketchSeconds: number;
  /** Bytes of all sketches as they are kept. */
  readonly sketchBytes: number;
  readonly predictSeconds: number;
  readonly pairs: readonly MeasuredPrediction[];
  /** Bytes of all models, of the plan as predicted, of the same plan as stored, of the best plan that there is. */
  readonly originalBytes: number;
  readonly predictedBytes: number;
  readonly storedBytes: number;
  readonly bestBytes: number;
  readonly planned: readonly {
    readonly model: string;
    readonly parent: string | null;
    readonly depth: number;
    readonly predictedBytes: number;
    readonly storedBytes: number;
  }[];
}

/** One predicted delta beside the real one. */
export interface MeasuredPrediction {
  readonly child: string;
  readonly parent: string;
  readonly originalBytes: number;
  readonly predictedBytes: number;
  readonly storedBytes: number;
  /** By how much it misses, over what is allowed: 5 % of the delta or 0.5 % of the model, whichever is larger. */
  readonly miss: number;
}

const DEPTH = 3;

interface Member extends LibraryModel {
  readonly id: number;
  readonly source: ModelSource;
  readonly sketch: ModelSketch;
  readonly bytes: number;
}

/** Predicts every delta of a library that may be chosen, makes each, and plans with both. */
export async function measurePlan(
  fs: FileSystem,
  pool: Pool,
  models: readonly LibraryModel[],
  signal: AbortSignal,
): Promise<MeasuredPlan> {
  const opened: { readonly close: () => Promise<void> }[] = [];
  try {
    let start = performance.now();
    const members: Member[] = [];
    for (const { name, path } of models) {
      const model = await openModel(fs, path);
      opened.push(model);
      const source = await ModelSource.open(model.name, model.files);
      const bytes = source.files.reduce((sum, { size }) => sum + size, 0);
      const sketch = await sketchModel(source, { signal });
      members.push({ id: members.length + 1, name, path, source, sketch, bytes });
    }
    const sketchSeconds = (performance.now() - start) / 1000;
    start = performance.now();
    const choosing = members.map(({ id, bytes }) => ({ id, bytes, child: true }));
    const sketchOf = async (id: number): Promise<ModelSketch> => memberOf(members, id).sketch;
    const candidates = await chooseCandidates({ models: choosing, sketchOf, signal });
    const predictSeconds = (performance.now() - start) / 1000;
    const real: StorageCandidate[] = [];
    for (const { child, parent } of candidates) {
      const parents = parent === null ? [] : [memberOf(members, parent).source];
      const predictedBytes = await storedBytes(pool, memberOf(members, child).source, parents, signal);
      real.push({ child, parent, predictedBytes });
    }
    const sketchBytes = members.reduce((sum, { sketch }) => sum + encodeSketch(sketch).length, 0);
    const figures = { models: members.length, sketchSeconds, sketchBytes, predictSeconds };
    return { ...figures, pairs: pairsOf(members, candidates, real), ...plansOf(members, candidates, real) };
  } finally {
    for (const model of opened) await model.close();
  }
}

function memberOf(members: readonly Member[], id: number): Member {
  const member = members[id - 1];
  if (!member) throw new Error('candidates are members');
  return member;
}

async function storedBytes(
  pool: Pool,
  child: ModelSource,
  parents: readonly ModelSource[],
  signal: AbortSignal,
): Promise<number> {
  const metadata = { kind: 'folder', files: new Map(), folders: [], links: [] } as const;
  const sink = { write: () => Promise.resolve() };
  const request = {
    pool,
    child,
    parents,
    metadata,
    sink,
    level: 'fast',
    writer: 'deltashelf bench',
  } as const;
  return (await createDelta(request, { signal })).storedBytes;
}

function pairsOf(
  members: readonly Member[],
  candidates: readonly StorageCandidate[],
  real: readonly StorageCandidate[],
): MeasuredPrediction[] {
  return candidates.flatMap(({ child, parent, predictedBytes }, index) => {
    const stored = real[index]?.predictedBytes;
    if (parent === null || stored === undefined) return [];
    const { name, bytes: originalBytes } = memberOf(members, child);
    const allowed = Math.max(0.05 * stored, 0.005 * originalBytes);
    const miss = (predictedBytes - stored) / allowed;
    const names = { child: name, parent: memberOf(members, parent).name };
    return [{ ...names, originalBytes, predictedBytes, storedBytes: stored, miss }];
  });
}

function plansOf(
  members: readonly Member[],
  candidates: readonly StorageCandidate[],
  real: readonly StorageCandidate[],
): Pick<MeasuredPlan, 'originalBytes' | 'predictedBytes' | 'storedBytes' | 'bestBytes' | 'planned'> {
  const models = members.map(({ id, name, bytes }): PlanModel => ({
    id,
    name,
    bytes,
    role: { kind: 'free' },
  }));
  const plan = makePlan(models, candidates, { depth: DEPTH });
  const best = makePlan(models, real, { depth: DEPTH, deeperSaves: 0 });
  const planned = plan.models.map(({ model, parent, depth, originalBytes, predictedBytes }) => {
    const found = real.find((each) => each.child === model && each.parent === parent);
    return {
      model: memberOf(members, model).name,
      parent: parent === null ? null : memberOf(members, parent).name,
      ...{ depth, predictedBytes, storedBytes: found?.predictedBytes ?? originalBytes },
    };
  });
  const { originalBytes, predictedBytes } = plan;
  const stored = planned.reduce((sum, each) => sum + each.storedBytes, 0);
  return { originalBytes, predictedBytes, storedBytes: stored, bestBytes: best.predictedBytes, planned };
}
