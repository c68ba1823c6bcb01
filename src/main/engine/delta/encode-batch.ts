import {
  encodeResiduals,
  encodeSparse,
  gridBytes,
  ScaleSlots,
  SlotSet,
  SPARSE_SHARE,
  writeScales,
  type Range,
  type ResidualChunk,
  type Scales,
} from '../codecs/index.ts';
import { inWindow, type Pool } from '../pool/index.ts';
import { findChanges, sparseView, type EncodedChunk } from './encode-elements.ts';
import { codingGrid, loadChunk, type LoadedChunk } from './grid-tensor.ts';
import type { Survey } from './survey.ts';

/** A chunk of a surveyed tensor that waits to be coded. */
export interface PendingChunk {
  readonly survey: Survey;
  readonly range: Range;
  readonly kind: 'unchanged' | 'sparse' | 'dense';
  /** Its tensor's scales are to be stored with this batch. */
  readonly storesScales: boolean;
}

/** Chunks of one batch, coded. */
export interface EncodedBatch {
  /** Scales of the tensors whose first dense chunk is in this batch. */
  readonly scales: Uint8Array;
  readonly scaled: readonly Survey[];
  /** Tables of the dense chunks; empty when there are none. */
  readonly tables: Uint8Array;
  readonly chunks: readonly {
    readonly survey: Survey;
    readonly chunk: EncodedChunk;
    readonly usesTables: boolean;
  }[];
}

/** What is left of a chunk decides how it is coded. */
export function kindOfChunk(range: Range, changed: number): PendingChunk['kind'] {
  if (changed === 0) return 'unchanged';
  return changed <= range.count / SPARSE_SHARE ? 'sparse' : 'dense';
}

const NOTHING = new Uint8Array();

/** Codes a batch, and frees the elements that its surveys kept. Memory: about nine times the bytes of its dense chunks on a 16-bit grid. */
export async function encodeBatch(
  pool: Pool,
  pending: readonly PendingChunk[],
  signal?: AbortSignal,
): Promise<EncodedBatch> {
  const dense = pending.filter(({ kind }) => kind === 'dense');
  const scaled = pending.filter(({ storesScales }) => storesScales).map(({ survey }) => survey);
  const loaded: LoadedChunk[] = [];
  const scaleSlots = new Map<Scales, ScaleSlots>();
  try {
    for (const { survey } of dense) {
      if (!scaleSlots.has(survey.scales)) scaleSlots.set(survey.scales, new ScaleSlots(pool, survey.scales));
    }
    const residuals = await inWindow(dense, pool.threads + 1, async ({ survey, range }) => {
      signal?.throwIfAborted();
      const chunk = await loadSurveyed(pool, survey, range);
      loaded.push(chunk);
      const scales = scaleSlots.get(survey.scales);
      if (!scales) throw new Error('every dense chunk has scales');
      const { child, prediction } = chunk;
      const { matrix } = survey.tensor;
      const grid = codingGrid(survey.tensor, survey.recipe);
      const residual: ResidualChunk = {
        grid,
        range,
        matrix,
        scales,
        child,
        ...(prediction && { prediction }),
      };
      return residual;
    });
    const encoded = dense.length > 0 ? await encodeResiduals(pool, residuals.map((residual) => [residual]), signal) : undefined;
    const payloads = [...(encoded?.payloads ?? [])];
    const chunks: { survey: Survey; chunk: EncodedChunk; usesTables: boolean }[] = [];
    for (const { survey, range, kind } of pending) {
      signal?.throwIfAborted();
      const chunk =
        kind === 'unchanged'
          ? { ...range, codec: 'unchanged' as const, payload: NOTHING }
          : kind === 'sparse'
            ? await encodeSparseChunk(pool, survey, range)
            : await denseOrStored(survey, range, payloads.shift() ?? NOTHING);
      chunks.push({ survey, chunk, usesTables: chunk.codec === 'residual' || chunk.codec === 'alone' });
    }
    const scales = scaled.length > 0 ? writeScales(scaled.map((survey) => survey.scales)) : NOTHING;
    return { scales, scaled, tables: encoded?.tables ?? NOTHING, chunks };
  } finally {
    const kept = pending.flatMap(({ survey }) => survey.loaded ?? []);
    for (const chunk of new Set([...loaded, ...kept])) chunk.free();
    for (const scales of scaleSlots.values()) scales.free();
  }
}

/** The elements that the survey kept, or read again. Freed by the caller. */
async function loadSurveyed(pool: Pool, survey: Survey, range: Range): Promise<LoadedChunk> {
  if (survey.loaded) return survey.loaded;
  const loaded = await loadChunk(pool, survey.tensor, survey.recipe, range);
  if (!loaded) throw new Error('elements that were on a narrow grid are so still');
  return loaded;
}

async function encodeSparseChunk(pool: Pool, survey: Survey, range: Range): Promise<EncodedChunk> {
  const chunk = await loadSurveyed(pool, survey, range);
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
    if (chunk !== survey.loaded) chunk.free();
  }
}

/** A coded chunk, or the bytes as they are where coding does not make them fewer. */
async function denseOrStored(survey: Survey, range: Range, payload: Uint8Array): Promise<EncodedChunk> {
  const width = gridBytes[survey.tensor.stored];
  const codec = survey.recipe.predictor === 'none' ? 'alone' : 'residual';
  if (payload.length < range.count * width) return { ...range, codec, payload };
  const stored = new Uint8Array(range.count * width);
  await survey.tensor.source.read(survey.tensor.segment, range.first * width, stored);
  return { ...range, codec: 'stored', payload: stored };
}
