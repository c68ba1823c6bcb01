import { createDelta, Matcher, type CreateRequest } from '../engine/delta/index.ts';
import type { Pool } from '../engine/pool/index.ts';
import { ModelSource, type Source, type SourceSegment } from '../engine/sources/index.ts';
import { cutModel, type Cut } from './predict-cut.ts';
import { predictStored, type Prediction } from './predict.ts';
import { firstOf } from './sketch-places.ts';
import { sketchModel } from './sketch-model.ts';
import type { ModelSketch } from './sketch.ts';

/** A trial that is wanted. */
export interface TrialRequest {
  readonly pool: Pool;
  readonly child: ModelSource;
  readonly childSketch: ModelSketch;
  /** null: stored alone. */
  readonly parent: { readonly source: Source; readonly sketch: ModelSketch } | null;
  /** Bytes of the child that may be encoded; a smaller model is encoded whole. */
  readonly budget: number;
}

/** Bytes of a tensor that are cut out at most, so that several tensors are heard. */
const PIECE_BYTES = 1 << 19;
/** How sure a trial is that did not encode everything. */
const SURE = 0.9;

/**
 * Encodes a part of a model with the real encoder, or all of a small one, and corrects what the sketches predict by
 * what came of it: the same part is predicted from sketches too, and the ratio of the two is taken for the whole.
 * @throws DeltashelfError what the sources throw; the signal's reason when cancelled
 */
export async function trialStored(request: TrialRequest, signal?: AbortSignal): Promise<Prediction> {
  const { pool, child, childSketch, parent, budget } = request;
  const control = signal ? { signal } : {};
  const encode = async (source: ModelSource, parents: readonly Source[]): Promise<number> => {
    const { storedBytes } = await createDelta({ ...nowhere, pool, child: source, parents }, control);
    return storedBytes;
  };
  const size = child.files.reduce((sum, file) => sum + file.size, 0);
  if (size <= budget) {
    return { bytes: await encode(child, parent ? [parent.source] : []), confidence: 1 };
  }
  const whole = predictStored(childSketch, parent?.sketch ?? null);
  const matcher = new Matcher(child, parent ? [parent.source] : [], signal);
  const cuts = chooseCuts(child, budget);
  const inputs = cuts.flatMap(({ segment, ...place }) => {
    const input = matcher.byName(segment);
    return input ? [{ ...place, segment: input.segment, name: segment.tensor?.name ?? '' }] : [];
  });
  if (cuts.length === 0) return whole;
  const part = await cutModel('part', child, cuts);
  const before = parent && inputs.length > 0 ? await cutModel('part', parent.source, inputs) : undefined;
  const real = await encode(part, before ? [before] : []);
  const sketched = before ? await sketchModel(before, control) : null;
  const predicted = predictStored(await sketchModel(part, control), sketched);
  return { bytes: Math.round((whole.bytes * real) / predicted.bytes), confidence: SURE };
}

/** Runs of whole rows of as many tensors as the budget allows, spread over the model. */
function chooseCuts(child: Source, budget: number): Cut[] {
  const tensors = child.segments.filter(({ tensor, length }) => tensor && length > 0);
  const cuts: Cut[] = [];
  let left = budget;
  for (const number of firstOf(tensors.length, tensors.length)) {
    const segment = tensors[number];
    const cut = segment && cutOf(segment, number);
    if (!cut || cut.length > left) continue;
    left -= cut.length;
    cuts.push(cut);
  }
  return cuts;
}

function cutOf(segment: SourceSegment, seed: number): Cut | undefined {
  const shape = segment.tensor?.shape ?? [];
  const rows = shape[0] ?? 1;
  const rowBytes = segment.length / rows;
  if (!Number.isInteger(rowBytes)) return undefined;
  const taken = Math.min(rows, Math.max(1, Math.floor(PIECE_BYTES / rowBytes)));
  const places = Math.max(1, Math.floor(rows / taken));
  const first = (firstOf(places, (seed % Math.min(places, 64)) + 1).at(-1) ?? 0) * taken;
  const name = segment.tensor?.name ?? '';
  return { segment, name, rows: taken, offset: first * rowBytes, length: taken * rowBytes };
}

/** A delta that nobody reads. */
const nowhere: Pick<CreateRequest, 'metadata' | 'level' | 'writer' | 'sink'> = {
  metadata: { kind: 'folder', files: new Map(), folders: [], links: [] },
  level: 'fast',
  writer: 'trial',
  sink: { write: () => Promise.resolve() },
};
