import { join } from 'node:path';
import {
  DeltashelfError,
  type ChangesResult,
  type InspectDeltaResult,
  type InspectedSegment,
  type ModelSummary,
  type ParsedArgs,
} from '../../../shared/index.ts';
import { dtypeBits, elementCount } from '../../engine/dtypes.ts';
import { decodeSketch, sketchVersion, tensorChanges, type ModelSketch } from '../../lineage/index.ts';
import { inspectDeltaFile, type CatalogueModel, type StoredParent } from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { findModel } from './references.ts';
import { Relations } from './relations.ts';
import { tensorPlaces } from './tensor-place.ts';

type Row = Omit<ChangesResult['tensors'][number], 'layer' | 'group'>;
type Measured = Omit<ChangesResult, 'tensors'> & { readonly tensors: readonly Row[] };

const notStored = 'not stored';

/**
 * How much each tensor of a model changed from its parents: as measured on all values when its delta was made, where
 * that is decoded with its parent; else between sampled values of it and its parents, where a merge is compared with the
 * weighted sum of them. Where neither is known, from what its delta is decoded with.
 */
export async function changes(
  context: LibraryContext,
  args: ParsedArgs<'changes'>,
  { signal }: CallControl,
): Promise<ChangesResult> {
  const model = findModel(context, args.model);
  const parents = new Relations(context).parentsOf(model.id);
  const delta = await fromDelta(context, model, signal);
  const isMeasured =
    delta?.parents.length === 1 && parents.length === 1 && delta.parents[0]?.id === parents[0]?.id;
  const sampled = isMeasured ? undefined : fromSketches(context, model, parents);
  const found = sampled ? withStored(sampled, delta) : (delta ?? unknown(context, model, parents));
  const { source, parents: compared, tensors } = found;
  const places = tensorPlaces(tensors.map(({ name }) => name));
  return {
    source,
    parents: compared,
    tensors: tensors.map((row, at) => ({ ...row, ...(places[at] ?? { layer: null, group: 'other' }) })),
  };
}

/** @returns undefined where there is none that is of the model as it is now and that has parents, or it cannot be read */
async function fromDelta(
  context: LibraryContext,
  { id, state }: CatalogueModel,
  signal: AbortSignal | undefined,
): Promise<Measured | undefined> {
  const { catalogue, steps, fs } = context;
  const delta = state === 'changed' ? undefined : catalogue.vault.deltas.ofModel(id);
  const sidecar = delta && steps.state.stored.get(delta.id);
  if (!sidecar || sidecar.parents.length === 0) return undefined;
  let inspected: InspectDeltaResult;
  try {
    inspected = await inspectDeltaFile({ fs }, { file: join(steps.vaultPath, sidecar.delta.file) }, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof DeltashelfError) || error.code === 'internal') throw error;
    return undefined;
  }
  return {
    source: 'delta',
    parents: sidecar.parents.map((parent) => ({ id: idOf(context, parent), name: parent.name })),
    tensors: inspected.segments.filter(({ kind }) => kind === 'tensor').map(rowOf),
  };
}

/** Puts what the delta says of how tensors are stored beside how they changed. */
function withStored(sampled: Measured, delta: Measured | undefined): Measured {
  const stored = new Map(delta?.tensors.map((row) => [row.name, row]));
  return {
    ...sampled,
    tensors: sampled.tensors.map((row) => {
      const { storedBytes, coded } = stored.get(row.name) ?? row;
      return { ...row, storedBytes, coded };
    }),
  };
}

function idOf({ catalogue }: LibraryContext, { stored, path }: StoredParent): number | null {
  const id = stored === null ? undefined : catalogue.vault.deltas.get(stored)?.model;
  return id ?? (path === null ? undefined : catalogue.models.idAt(path)) ?? null;
}

function rowOf(segment: InspectedSegment): Row {
  const { name, dtype, shape, bytes, storedBytes, parent, change } = segment;
  return {
    name: name ?? '',
    dtype: dtype ?? '',
    shape: shape ?? [],
    bytes,
    storedBytes,
    change: parent === null ? null : change.norm,
    equal: parent === null ? null : Math.min(1, Math.max(0, 1 - change.share)),
    coded: codedWords(segment),
  };
}

function codedWords({ predictor, codecs }: InspectedSegment): string {
  if (predictor === 'none') return 'stored alone';
  if (Object.keys(codecs).every((codec) => codec === 'unchanged')) return 'equal';
  if (predictor === 'cast') return 'residual, after conversion';
  return predictor === 'scaled' ? 'residual, after scaling' : 'residual';
}

/** @returns undefined where it or a parent was not looked at yet, it has no parents, or nothing compares */
function fromSketches(
  context: LibraryContext,
  { id }: CatalogueModel,
  parents: ModelSummary['parents'],
): Measured | undefined {
  const own = sketchOf(context, id);
  const others = parents.flatMap(({ id: parent, weight }) => {
    const sketch = sketchOf(context, parent);
    return sketch ? [{ sketch, weight: parents.length === 1 ? 1 : (weight ?? 1 / parents.length) }] : [];
  });
  if (!own || others.length === 0 || others.length < parents.length) return undefined;
  const found = tensorChanges(own, others);
  if (found.every((change) => change === undefined)) return undefined;
  return {
    source: 'sketch',
    parents: parents.map((parent) => ({ id: parent.id, name: parent.name })),
    tensors: own.tensors.map(({ name, dtype, shape, length }, at) => ({
      name,
      dtype,
      shape: [...shape],
      bytes: length,
      storedBytes: null,
      change: found[at]?.norm ?? null,
      equal: found[at]?.equal ?? null,
      coded: notStored,
    })),
  };
}

function sketchOf({ catalogue }: LibraryContext, id: number): ModelSketch | undefined {
  const bytes = catalogue.sketches.get(id, sketchVersion);
  return bytes && decodeSketch(bytes);
}

/** What its headers say, without any change. */
function unknown(
  { catalogue }: LibraryContext,
  { id }: CatalogueModel,
  parents: ModelSummary['parents'],
): Measured {
  return {
    source: 'none',
    parents: parents.map((parent) => ({ id: parent.id, name: parent.name })),
    tensors: (catalogue.models.found(id)?.tensors ?? []).map(({ name, dtype, shape }) => ({
      name,
      dtype,
      shape: [...shape],
      bytes: Math.ceil((elementCount(shape) * dtypeBits[dtype]) / 8),
      storedBytes: null,
      change: null,
      equal: null,
      coded: notStored,
    })),
  };
}
