import { setImmediate } from 'node:timers/promises';
import type { CallResult, CandidatesResult, ParsedArgs } from '../../../shared/index.ts';
import { cosine, decodeSketch, predictStored, sketchVersion, type ModelSketch } from '../../lineage/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { findModel } from './references.ts';
import { Relations } from './relations.ts';

type Candidate = CandidatesResult['candidates'][number];

/** Candidates that are shown beside the current parents. */
const mostShown = 8;
/** Relatives whose bytes are compared: the nearest in the lineage of a large family. */
const mostCompared = 40;

/** Models that could be the parent of one, nearest first, and what its delta would take with each. */
export async function candidates(
  context: LibraryContext,
  args: ParsedArgs<'candidates'>,
  { signal }: CallControl,
): Promise<CallResult<'candidates'>> {
  const model = findModel(context, args.model);
  const relations = new Relations(context);
  const current = relations.edgesTo(model.id).map(({ parent }) => parent);
  const own = sketchOf(context, model.id);
  const near: { id: number; similarity: number | null; sketch: ModelSketch | undefined }[] = [];
  for (const id of relativesOf(context, model.id, current)) {
    // The service answers others in between.
    await setImmediate(undefined, signal && { signal });
    const sketch = sketchOf(context, id);
    near.push({ id, sketch, similarity: own && sketch ? cosine(own, sketch) : null });
  }
  near.sort((a, b) => (b.similarity ?? -2) - (a.similarity ?? -2));
  const shown = near.filter(({ id }, at) => at < mostShown || current.includes(id));
  const rows: Candidate[] = [];
  for (const { id, similarity, sketch } of shown) {
    await setImmediate(undefined, signal && { signal });
    rows.push({
      id,
      name: relations.nameOf(id),
      predictedBytes: own && sketch ? predictStored(own, sketch).bytes : null,
      similarity,
      current: current.includes(id),
    });
  }
  const alone = own ? predictStored(own, null).bytes : null;
  rows.push({
    id: null,
    name: '',
    predictedBytes: alone,
    similarity: null,
    current: current.length === 0,
  });
  return { candidates: rows };
}

function sketchOf({ catalogue }: LibraryContext, id: number): ModelSketch | undefined {
  const bytes = catalogue.sketches.get(id, sketchVersion);
  return bytes && decodeSketch(bytes);
}

/** Its family, those first that few edges are between; and what has the same tensors. */
function relativesOf({ catalogue }: LibraryContext, id: number, current: readonly number[]): number[] {
  const near = new Set<number>([id, ...current]);
  for (const each of near) {
    for (const { child, parent } of near.size < mostCompared ? catalogue.lineage.edgesOf(each) : []) {
      near.add(child).add(parent);
    }
  }
  for (const other of catalogue.models.withShapesOf(id)) if (near.size < mostCompared) near.add(other);
  near.delete(id);
  return [...near].slice(0, mostCompared);
}
