import { resolve } from 'node:path';
import type { ImportWdeltaResult } from '../../../shared/index.ts';
import { createDelta, type Level } from '../../engine/delta/index.ts';
import { createAtomicFile, type AtomicFile } from '../disk/index.ts';
import { JobMeter, type JobControl } from '../job-meter.ts';
import { Bases, type BaseOf } from './bases.ts';
import { OpenedPaths } from './opened-paths.ts';
import { sizeOf } from './sizes.ts';
import type { Tools } from './tools.ts';
import { chainBytes, floatBytes, layChain, splitBases } from './wdelta-bases.ts';

/** A .wdelta file that is to become a delta file. */
export interface ImportWdeltaRequest {
  /** The .wdelta file. */
  readonly file: string;
  /** The model that it was made against, and for a chain the earlier .wdelta files, the earliest first. */
  readonly bases: readonly string[];
  /** For bases that are delta files and whose own base is not found by its content. */
  readonly basesOf?: readonly BaseOf[];
  /** Path of the delta file. */
  readonly output: string;
  readonly level?: Level;
}

/**
 * Stores the model that a .wdelta file and its base make, in float32, as a delta file against that base. It gives
 * that model back bit for bit, and needs no .wdelta any more. The file appears whole or not at all.
 * @throws DeltashelfError
 */
export async function importWdeltaFile(
  { fs, pool, writer }: Tools,
  request: ImportWdeltaRequest,
  control: JobControl,
): Promise<ImportWdeltaResult> {
  const start = performance.now();
  const { basesOf = [], level = 'fast' } = request;
  const output = resolve(request.output);
  const paths = new OpenedPaths(fs);
  const { models, wdeltas } = await splitBases(fs, request.bases);
  const parents = new Bases(fs, pool, paths, { bases: models, basesOf, near: request.file }, control);
  let file: AtomicFile | undefined;
  try {
    // Before anything is read: what has that name already is found at once.
    file = await createAtomicFile(fs, output);
    const bases = await parents.given();
    const files = [...wdeltas, request.file];
    const modelBytes = floatBytes(bases);
    const verifyBytes = await chainBytes(fs, bases, files);
    const meter = new JobMeter(control, [
      { phase: 'verify', bytes: verifyBytes },
      { phase: 'identify', bytes: modelBytes + bases.reduce((sum, source) => sum + sizeOf(source.files), 0) },
      { phase: 'encode', bytes: modelBytes },
    ]);
    const { top, warnings } = await layChain(
      { paths, signal: control.signal, onBytes: meter.adding('verify', verifyBytes) },
      bases,
      files,
    );
    const { source: child, rule } = top;
    const created = await createDelta(
      {
        ...{ pool, child, parents: bases, level, writer, sink: file },
        metadata: { kind: 'file', files: new Map(), folders: [], links: [] },
      },
      meter.control,
    );
    // A base that changed meanwhile may be stored half old, half new.
    await paths.close();
    meter.publishing();
    const notes = await file.publish();
    const { originalBytes, storedBytes, overheadBytes, tensors } = created;
    return {
      output,
      model: child.name,
      parentRule: rule.says,
      originalBytes,
      storedBytes,
      ratio: originalBytes === 0 ? 1 : storedBytes / originalBytes,
      overheadBytes,
      tensors,
      seconds: (performance.now() - start) / 1000,
      warnings: [...warnings, ...child.warnings, ...notes],
    };
  } finally {
    await file?.discard();
    await parents.close();
    await paths.close().catch(() => undefined);
  }
}
