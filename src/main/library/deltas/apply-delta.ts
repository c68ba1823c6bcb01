import { basename, join, resolve } from 'node:path';
import type { ApplyDeltaResult } from '../../../shared/index.ts';
import { applyDelta, findParents } from '../../engine/delta/index.ts';
import { Bases, type BaseOf } from './bases.ts';
import { checkSpace } from './check-space.ts';
import { JobMeter, type JobControl } from '../job-meter.ts';
import { OpenedPaths } from './opened-paths.ts';
import { beginRestoration, type Restoration } from './restore.ts';
import { sizeOf } from './sizes.ts';
import type { Tools } from './tools.ts';
import { inputBytes } from './input-bytes.ts';

/** A delta whose model is wanted back. */
export interface ApplyDeltaRequest {
  /** The delta file. */
  readonly file: string;
  /** Folders, files or delta files. None: what lies beside the delta and has the right content is taken. */
  readonly bases: readonly string[];
  readonly basesOf?: readonly BaseOf[];
  /** Files (`dev:ino`) that must not serve as bases: those of the model itself, which would prove nothing. */
  readonly own?: ReadonlySet<string>;
  /** The folder to write. A model that was one file is put into it under its own name. */
  readonly output: string;
  /** Name of a folder until it is complete, beside it; for callers that must know it when the process dies. */
  readonly temporary?: string;
  /** Takes a delta of which head, footer or one index is damaged, with warnings. */
  readonly salvage?: boolean;
}

/**
 * Writes the model of a delta file. It appears whole or not at all, after every byte was compared.
 * @throws DeltashelfError
 */
export async function applyDeltaFile(
  { fs, pool }: Tools,
  request: ApplyDeltaRequest,
  control: JobControl,
): Promise<ApplyDeltaResult> {
  const start = performance.now();
  const { file, bases, basesOf = [], own, salvage = false } = request;
  const target = resolve(request.output);
  const paths = new OpenedPaths(fs);
  const parents = new Bases(fs, pool, paths, { bases, basesOf, near: file, ...(own && { own }) }, control);
  let restoration: Restoration | undefined;
  try {
    const { delta } = await paths.openDelta(file, salvage, control.signal);
    const { index } = delta;
    const totalBytes = sizeOf(index.files);
    await checkSpace(fs, target, totalBytes);
    // Before any base is read: what has that name already is found at once.
    restoration = await beginRestoration(fs, index, target, request.temporary);
    const sources = await parents.forDelta(delta);
    const meter = new JobMeter(control, [
      { phase: 'identify', bytes: inputBytes(index) },
      { phase: 'decode', bytes: totalBytes },
    ]);
    const found = await findParents(index, sources, basename(file), meter.control);
    const bytes = await applyDelta({ pool, delta, parents: found, sink: restoration.sink }, meter.control);
    await paths.close();
    meter.publishing();
    const warnings = [...delta.warnings, ...(await restoration.publish())];
    const [only] = index.files;
    return {
      output: index.kind === 'file' && only ? join(target, only.path) : target,
      kind: index.kind,
      files: index.files.length,
      bytes,
      lossy: false,
      seconds: (performance.now() - start) / 1000,
      warnings,
    };
  } finally {
    await restoration?.discard();
    await parents.close();
    await paths.close().catch(() => undefined);
  }
}
