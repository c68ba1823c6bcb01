import { resolve } from 'node:path';
import type { InspectDeltaResult, InspectedSegment } from '../../shared/index.ts';
import type { DeltaFile, DeltaIndex, DeltaRecord, DeltaSegment } from '../engine/delta/index.ts';
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
    const delta = await paths.openDelta(file, salvage, signal);
    const { size } = await fs.stat(resolve(file));
    await paths.close();
    return describe(resolve(file), delta, size);
  } finally {
    await paths.close().catch(() => undefined);
  }
}

function describe(file: string, delta: DeltaFile, storedBytes: number): InspectDeltaResult {
  const { index, warnings } = delta;
  const segments = index.segments.map((segment) => describeSegment(index, segment));
  const originalBytes = sizeOf(index.files);
  const payload = bytesOf(index.chunks.flat());
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
    segments,
    warnings: [...warnings],
  };
}

function describeSegment(index: DeltaIndex, segment: DeltaSegment): InspectedSegment {
  const { number, kind, length, tensor, recipe, input, change } = segment;
  const chunks = index.chunks[number] ?? [];
  const storedBytes = bytesOf(chunks);
  const codecs: Record<string, number> = {};
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
  };
}

function bytesOf(records: readonly DeltaRecord[]): number {
  return records.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Nothing stored of nothing is no gain. */
function ratio(stored: number, original: number): number {
  return original === 0 ? 1 : stored / original;
}
