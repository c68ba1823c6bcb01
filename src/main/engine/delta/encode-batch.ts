import {
  encodeResiduals,
  encodeSparse,
  gridBytes,
  ScaleSlots,
  SlotSet,
  SPARSE_SHARE,
  type Range,
  type ResidualChunk,
} from '../codecs/index.ts';
import { inWindow, type Pool } from '../pool/index.ts';
import { USUAL_SIZE } from './bundles.ts';
import { findChanges, sparseView, type EncodedChunk } from './encode-elements.ts';
import { codingGrid, loadChunk, type LoadedChunk } from './grid-tensor.ts';
import type { Survey } from './survey.ts';

/** A chunk of a surveyed tensor that waits to be coded. */
export interface PendingChunk {
  readonly survey: Survey;
  readonly range: Range;
  readonly kind: 'unchanged' | 'sparse' | 'dense';
  /** A whole small tensor, to be coded together with its neighbours. */
  readonly bundled: boolean;
  /** Its elements, where the survey kept them; to be freed with it. */
  readonly loaded: LoadedChunk | undefined;
}

/** What becomes one record. */
export interface EncodedRecord {
  /** The tensor of the chunk, or those of a bundle. */
  readonly surveys: readonly Survey[];
  readonly chunk: EncodedChunk;
  /** Bytes of the model that it stands for. */
  readonly bytes: number;
  /** Coded with scales and tables. */
  readonly isDense: boolean;
}

/** Chunks of one batch, coded. */
export interface EncodedBatch {
  /** Tables of the dense chunks; empty when there are none. */
  readonly tables: Uint8Array;
  readonly records: readonly EncodedRecord[];
}

/** What is left of a chunk decides how it is coded. */
export function kindOfChunk(range: Range, changed: number): PendingChunk['kind'] {
  if (changed === 0) return 'unchanged';
  return changed <= range.count / SPARSE_SHARE ? 'sparse' : 'dense';
}

const NOTHING = new Uint8Array();

/** Codes a batch, and frees the elements that were kept for it. Memory: about nine times the bytes of its dense chunks. */
export async function encodeBatch(
  pool: Pool,
  pending: readonly PendingChunk[],
  signal?: AbortSignal,
): Promise<EncodedBatch> {
  const groups = grouped(pending);
  const dense = groups.filter(([chunk]) => chunk?.kind === 'dense');
  const loaded: LoadedChunk[] = [];
  const scaleSlots = new Map<Survey, ScaleSlots>();
  const prepare = async (waiting: PendingChunk): Promise<ResidualChunk> => {
    signal?.throwIfAborted();
    const { survey, range } = waiting;
    const chunk = await loadSurveyed(pool, waiting);
    loaded.push(chunk);
    const scales = scaleSlots.get(survey) ?? new ScaleSlots(pool, survey.scales);
    scaleSlots.set(survey, scales);
    const { child, prediction } = chunk;
    const grid = codingGrid(survey.tensor, survey.recipe);
    const { matrix } = survey.tensor;
    return { grid, range, matrix, scales, child, ...(prediction && { prediction }) };
  };
  try {
    const residuals = await inWindow(dense, pool.threads + 1, async (group) => {
      const chunks: ResidualChunk[] = [];
      for (const chunk of group) chunks.push(await prepare(chunk));
      return chunks;
    });
    const encoded = dense.length > 0 ? await encodeResiduals(pool, residuals, signal) : undefined;
    const payloads = [...(encoded?.payloads ?? [])];
    const records: EncodedRecord[] = [];
    for (const group of groups) {
      signal?.throwIfAborted();
      records.push(await encodeGroup(pool, group, payloads));
    }
    return { tables: encoded?.tables ?? NOTHING, records };
  } finally {
    const kept = pending.flatMap((chunk) => chunk.loaded ?? []);
    for (const chunk of new Set([...loaded, ...kept])) chunk.free();
    for (const scales of scaleSlots.values()) scales.free();
  }
}

/** Chunks one by one, and bundles of neighbouring small tensors. */
function grouped(pending: readonly PendingChunk[]): PendingChunk[][] {
  const groups: PendingChunk[][] = [];
  let bundle: PendingChunk[] = [];
  let elements = 0;
  for (const chunk of pending) {
    if (!chunk.bundled) {
      groups.push([chunk]);
      continue;
    }
    if (bundle.length === 0) groups.push(bundle);
    bundle.push(chunk);
    elements += chunk.range.count;
    if (elements < USUAL_SIZE.bundle) continue;
    bundle = [];
    elements = 0;
  }
  return groups;
}

async function encodeGroup(
  pool: Pool,
  group: readonly PendingChunk[],
  payloads: Uint8Array[],
): Promise<EncodedRecord> {
  const [first] = group;
  if (!first) throw new Error('a group has a chunk');
  const { survey, range, kind } = first;
  const surveys = group.map((chunk) => chunk.survey);
  const isDense = kind === 'dense';
  const bytes = group.reduce(
    (sum, chunk) => sum + chunk.range.count * gridBytes[chunk.survey.tensor.stored],
    0,
  );
  let chunk: EncodedChunk;
  if (first.bundled) {
    chunk = { first: 0, count: group.length, codec: 'bundle', payload: payloads.shift() ?? NOTHING };
  } else if (isDense) {
    const codec = survey.recipe.predictor === 'none' ? 'alone' : 'residual';
    chunk = { ...range, codec, payload: payloads.shift() ?? NOTHING };
  } else if (kind === 'sparse') {
    chunk = await encodeSparseChunk(pool, first);
  } else {
    chunk = { ...range, codec: 'unchanged', payload: NOTHING };
  }
  return { surveys, chunk, bytes, isDense };
}

/** The elements that the survey kept, or read again. Freed by the caller. */
async function loadSurveyed(pool: Pool, { survey, range, loaded: kept }: PendingChunk): Promise<LoadedChunk> {
  if (kept) return kept;
  const loaded = await loadChunk(pool, survey.tensor, survey.recipe, range);
  if (!loaded) throw new Error('elements that were on a narrow grid are so still');
  return loaded;
}

async function encodeSparseChunk(pool: Pool, waiting: PendingChunk): Promise<EncodedChunk> {
  const { survey, range } = waiting;
  const chunk = await loadSurveyed(pool, waiting);
  const slots = new SlotSet();
  try {
    const { child, prediction } = chunk;
    if (!prediction) throw new Error('a sparse chunk has a prediction');
    const width = gridBytes[codingGrid(survey.tensor, survey.recipe)];
    const places = await findChanges(pool, slots, child, prediction, range.count, width);
    const bytes = range.count * width;
    const payload = encodeSparse(
      sparseView(child, bytes, width),
      sparseView(prediction, bytes, width),
      places,
    );
    return { ...range, codec: 'sparse', payload };
  } finally {
    slots.free();
    if (chunk !== waiting.loaded) chunk.free();
  }
}
