import { basename, resolve } from 'node:path';
import type { VerifyDeltaResult } from '../../../shared/index.ts';
import { applyDelta, findParents, type ModelSink } from '../../engine/delta/index.ts';
import { Bases, type BaseOf } from './bases.ts';
import { inputBytes } from './input-bytes.ts';
import { JobMeter, type JobControl } from '../job-meter.ts';
import { lossyOf } from './lossy.ts';
import { OpenedPaths } from './opened-paths.ts';
import { sizeOf } from './sizes.ts';
import type { Tools } from './tools.ts';

/** A delta that is to be proven. */
export interface VerifyDeltaRequest {
  /** The delta file. */
  readonly file: string;
  /** As for `applyDelta`. */
  readonly bases: readonly string[];
  readonly basesOf?: readonly BaseOf[];
  /** Files (`dev:ino`) that must not serve as bases: those of the model itself, which would prove nothing. */
  readonly own?: ReadonlySet<string>;
}

/** Takes a model and keeps nothing of it. */
const nowhere: ModelSink = {
  begin: () => Promise.resolve({ write: () => Promise.resolve() }),
  end: () => Promise.resolve(),
};

/**
 * Decodes a delta file from disk against its parents as they are now, compares every byte of the model by its
 * SHA-256 and checks every byte of the delta file. Writes nothing.
 * @throws DeltashelfError where anything is not as it must be
 */
export async function verifyDeltaFile(
  { fs, pool }: Tools,
  request: VerifyDeltaRequest,
  control: JobControl,
): Promise<VerifyDeltaResult> {
  const start = performance.now();
  const { file, bases, basesOf = [], own } = request;
  const paths = new OpenedPaths(fs);
  const parents = new Bases(fs, pool, paths, { bases, basesOf, near: file, ...(own && { own }) }, control);
  try {
    const { delta, storedBytes } = await paths.openDelta(file);
    const { index } = delta;
    const sources = await parents.forDelta(delta);
    const meter = new JobMeter(control, [
      { phase: 'identify', bytes: inputBytes(index) },
      { phase: 'decode', bytes: sizeOf(index.files) },
      { phase: 'verify', bytes: storedBytes },
    ]);
    const found = await findParents(index, sources, basename(file), meter.control);
    const bytes = await applyDelta({ pool, delta, parents: found, sink: nowhere }, meter.control);
    await delta.verifyRecords(meter.control);
    await paths.close();
    control.signal?.throwIfAborted();
    return {
      file: resolve(file),
      verified: true,
      files: index.files.length,
      bytes,
      storedBytes,
      ...lossyOf(index),
      seconds: (performance.now() - start) / 1000,
      warnings: [],
    };
  } finally {
    await parents.close();
    await paths.close().catch(() => undefined);
  }
}
