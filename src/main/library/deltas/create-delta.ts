import { basename, dirname, join, resolve } from 'node:path';
import type { CreateDeltaResult, Warning } from '../../../shared/index.ts';
import { parseLossy } from '../../engine/codecs/lossy/index.ts';
import { createDelta, type Level, type LossyResult, type ModelMetadata } from '../../engine/delta/index.ts';
import { createAtomicFile, type AtomicFile, type OpenModel } from '../disk/index.ts';
import { Bases, identityOf, type BaseOf } from './bases.ts';
import { JobMeter, type JobControl } from '../job-meter.ts';
import { OpenedPaths } from './opened-paths.ts';
import type { Tools } from './tools.ts';
import { sizeOf } from './sizes.ts';

/** A model that is to be stored as a delta. */
export interface CreateDeltaRequest {
  /** Folder or file. */
  readonly child: string;
  /** Folders, files or delta files, in order of preference; none stores the model alone. */
  readonly bases: readonly string[];
  /** For bases that are delta files and whose own base is not found by its content. */
  readonly basesOf?: readonly BaseOf[];
  /** Path of the delta file. Default: beside the child, under its name. */
  readonly output?: string;
  readonly level?: Level;
  /** Codec and options by which matrices are approximated; absent: every byte comes back. */
  readonly codec?: string;
  /** Path of a second delta file that makes the approximation exact. */
  readonly residual?: string;
  /** Folders inside the child, relative, that are no part of it: models of their own. */
  readonly leaveOut?: readonly string[];
}

/** Where the delta of a model goes by default: beside it, under its name. */
function defaultOutput(child: string): string {
  const place = resolve(child);
  return join(dirname(place), `${basename(place)}.dshelf`);
}

/**
 * Stores a model as a delta file. The file appears whole or not at all; model and bases are only read.
 * @throws DeltashelfError
 */
export async function createDeltaFile(
  { fs, pool, writer }: Tools,
  request: CreateDeltaRequest,
  control: JobControl,
): Promise<CreateDeltaResult> {
  const start = performance.now();
  const { bases, basesOf = [], level = 'fast' } = request;
  const output = resolve(request.output ?? defaultOutput(request.child));
  const lossy = request.codec === undefined ? undefined : parseLossy(request.codec);
  const paths = new OpenedPaths(fs);
  let parents: Bases | undefined;
  let file: AtomicFile | undefined;
  try {
    const { model, source: child } = await paths.openModel(request.child, request.leaveOut);
    const own = new Set(model.files.map(({ status }) => identityOf(status)));
    parents = new Bases(fs, pool, paths, { bases, basesOf, near: request.child, own }, control);
    // Before anything is read: what has that name already is found at once.
    file = await createAtomicFile(fs, output);
    const sources = await parents.given();
    const meter = new JobMeter(control, [
      {
        phase: 'identify',
        bytes: [child, ...sources].reduce((sum, source) => sum + sizeOf(source.files), 0),
      },
      { phase: 'encode', bytes: sizeOf(child.files) },
    ]);
    const created = await createDelta(
      {
        ...{ pool, child, metadata: metadataOf(model), parents: sources, level, writer, sink: file },
        ...(lossy && { lossy, refined: request.residual !== undefined }),
      },
      meter.control,
    );
    // A model that changed meanwhile may be stored half old, half new.
    await paths.close();
    meter.publishing();
    const warnings: Warning[] = [...model.warnings, ...child.warnings, ...(await file.publish())];
    const { originalBytes, storedBytes, overheadBytes, tensors } = created;
    const residual = await createResidual({ fs, pool, writer }, request, output, control);
    if (lossy && !created.lossy) warnings.push(nothingApproximated(request.child));
    return {
      output,
      originalBytes,
      storedBytes,
      ratio: originalBytes === 0 ? 1 : storedBytes / originalBytes,
      overheadBytes,
      tensors,
      ...(created.lossy && { lossy: describeLossy(created.lossy) }),
      ...(residual && { residual }),
      seconds: (performance.now() - start) / 1000,
      warnings,
    };
  } finally {
    await file?.discard();
    await parents?.close();
    await paths.close().catch(() => undefined);
  }
}

/** The second file: the exact model, over the approximation as it was stored. */
async function createResidual(
  tools: Tools,
  { child, bases, basesOf = [], residual, leaveOut }: CreateDeltaRequest,
  approximation: string,
  control: JobControl,
): Promise<CreateDeltaResult['residual']> {
  if (residual === undefined) return undefined;
  const over = bases.map((base) => ({ file: approximation, base }));
  const rest = { bases: [approximation], basesOf: [...over, ...basesOf], output: residual };
  const signal = control.signal && { signal: control.signal };
  const created = await createDeltaFile(
    tools,
    { child, ...rest, ...(leaveOut && { leaveOut }) },
    { ...signal },
  );
  return { output: created.output, storedBytes: created.storedBytes };
}

function nothingApproximated(child: string): Warning {
  return {
    file: basename(child),
    sentence:
      'No tensor was approximated: none is a matrix that changed, or their changes are not all finite numbers. ' +
      'The delta is exact.',
  };
}

function describeLossy({ weights, bytes, tensors, ...rest }: LossyResult): CreateDeltaResult['lossy'] {
  return {
    ...rest,
    ...{ weights, bytes, bitsPerWeight: (bytes * 8) / weights },
    tensors: tensors.map(({ name, weights: own, bytes: stored, ...figures }) => {
      const { relativeError, cosine, slope, largestError } = figures;
      return { name, weights: own, bytes: stored, relativeError, cosine, slope, largestError };
    }),
  };
}

function metadataOf({ kind, entries }: OpenModel): ModelMetadata {
  return {
    kind,
    files: new Map(entries.files.map(({ path, mode, mtimeNs }) => [path, { mode, mtimeNs }])),
    folders: [...(entries.root ? [{ path: '', ...entries.root }] : []), ...entries.folders],
    links: entries.links,
  };
}
