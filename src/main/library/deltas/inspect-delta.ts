import { resolve } from 'node:path';
import type { InspectDeltaResult, InspectedSegment } from '../../../shared/index.ts';
import type { DeltaFile, DeltaIndex, DeltaRecord, DeltaSegment } from '../../engine/delta/index.ts';
import { lossyOf } from './lossy.ts';
import { OpenedPaths } from './opened-paths.ts';
import { sizeOf } from './sizes.ts';
import type { Tools } from './tools.ts';

/** A delta file to be looked into. */
export interface InspectDeltaRequest {
  readonly file: string;
  /** Takes one of which head, footer or one index is damaged, with warnings. */
  readonly salvage?: boolean;
}

/**
 * Tells what a delta file holds. Needs no parent and decodes nothing: records are not checked.
 * @throws DeltashelfError
 */
export async function inspectDeltaFile(
  { fs }: Pick<Tools, 'fs'>,
  { file, salvage = false }: InspectDeltaRequest,
  signal?: AbortSignal,
): Promise<InspectDeltaResult> {
  const paths = new OpenedPaths(fs);
  try {
    const { delta, storedBytes } = await paths.openDelta(file, salvage, signal);
    await paths.close();
    return describe(resolve(file), delta, storedBytes);
  } finally {
    await paths.close().catch(() => undefined);
  }
}

function describe(file: string, delta: DeltaFile, storedBytes: number): InspectDeltaResult {
  const { index, warnings } = delta;
  const shares = new StoredShares(index);
  const segments = index.segments.map((segment) => describeSegment(index, segment, shares));
  const originalBytes = sizeOf(index.files);
  const payload = bytesOf(index.records.filter(({ kind }) => kind === 'chunk'));
  const shared = bytesOf(index.sideObjects);
  return {
    file,
    name: index.name,
    kind: index.kind,
    writer: index.writer,
    level: index.level,
    requires: [...index.requires],
    originalBytes,
    storedBytes,
    ratio: ratio(storedBytes, originalBytes),
    parts: { payload, shared, overhead: storedBytes - payload - shared },
    parents: index.parents.map((parent) => ({
      name: parent.name,
      kind: parent.kind,
      files: parent.files.map(({ path, size, sha256 }) => ({ path, bytes: size, sha256 })),
      segments: parent.segments.length,
    })),
    files: index.files.map(({ path, size, sha256, format, firstSegment, endSegment }) => {
      const own = segments.slice(firstSegment, endSegment);
      const stored = own.reduce((sum, segment) => sum + segment.storedBytes, 0);
      return { path, bytes: size, storedBytes: stored, ratio: ratio(stored, size), sha256, format };
    }),
    links: index.links.map(({ path, target }) => ({ path, target })),
    ...lossyOf(index),
    segments,
    warnings: [...warnings],
  };
}

function describeSegment(index: DeltaIndex, segment: DeltaSegment, shares: StoredShares): InspectedSegment {
  const { number, kind, length, tensor, recipe, input, change } = segment;
  const chunks = index.chunks[number] ?? [];
  const storedBytes = shares.take(segment);
  const codecs: Record<string, number> = {};
  const near = index.lossy?.tensors.find((tensor) => tensor.segment === number);
  for (const { codec } of chunks) codecs[codec] = (codecs[codec] ?? 0) + 1;
  return {
    file: index.files[segment.file]?.path ?? '',
    kind,
    name: tensor?.name ?? null,
    dtype: tensor?.dtype ?? null,
    shape: tensor ? [...tensor.shape] : null,
    bytes: length,
    storedBytes,
    ratio: ratio(storedBytes, length),
    predictor: recipe.predictor,
    parent: input?.parent ?? null,
    codecs,
    change,
    ...(near && { lossy: { cosine: near.cosine, slope: near.slope } }),
  };
}

/** Stored bytes of segments. Segments that share a record share its bytes by their lengths; the sums add up. */
class StoredShares {
  readonly #index: DeltaIndex;
  readonly #lengths = new Map<DeltaRecord, number>();
  readonly #taken = new Map<DeltaRecord, number>();

  constructor(index: DeltaIndex) {
    this.#index = index;
    for (const { number, length } of index.segments) {
      for (const record of index.chunks[number] ?? []) {
        this.#lengths.set(record, (this.#lengths.get(record) ?? 0) + length);
      }
    }
  }

  /** Asked once per segment, in order. */
  take({ number, length, recipe }: DeltaSegment): number {
    const records = this.#index.chunks[number] ?? [];
    const [record] = records;
    if (!record || !recipe.bundled) return bytesOf(records);
    const before = this.#taken.get(record) ?? 0;
    const total = this.#lengths.get(record) ?? length;
    this.#taken.set(record, before + length);
    const upTo = (taken: number): number => Math.round((record.bytes * taken) / total);
    return upTo(before + length) - upTo(before);
  }
}

function bytesOf(records: readonly DeltaRecord[]): number {
  return records.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Nothing stored of nothing is no gain. */
function ratio(stored: number, original: number): number {
  return original === 0 ? 1 : stored / original;
}
