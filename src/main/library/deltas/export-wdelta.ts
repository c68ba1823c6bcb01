import { basename, resolve } from 'node:path';
import { DeltashelfError, type ExportWdeltaResult, type Warning } from '../../../shared/index.ts';
import type { Source } from '../../engine/sources/index.ts';
import { writeWdelta, type WdeltaForm, type WrittenWdelta } from '../../engine/wdelta/index.ts';
import { createAtomicFile, shownPath, type AtomicFile } from '../disk/index.ts';
import { JobMeter, type JobControl } from '../job-meter.ts';
import { Bases, type BaseOf } from './bases.ts';
import { OpenedPaths } from './opened-paths.ts';
import { sizeOf } from './sizes.ts';
import type { Tools } from './tools.ts';
import { chainBytes, layChain, splitBases } from './wdelta-bases.ts';

/** A model that is to be written as a .wdelta file. */
export interface ExportWdeltaRequest extends WdeltaForm {
  /** Folder, file or delta file. */
  readonly child: string;
  /** The model that it was made from; with .wdelta files, the earliest first, what they make of it. */
  readonly bases: readonly string[];
  /** For delta files whose own base is not found by its content. */
  readonly basesOf?: readonly BaseOf[];
  /** Path of the .wdelta file. */
  readonly output: string;
}

/**
 * Writes a model as a .wdelta file, which is lossy. The file appears whole or not at all; model and base are only read.
 * @throws DeltashelfError
 */
export async function exportWdeltaFile(
  { fs, pool }: Pick<Tools, 'fs' | 'pool'>,
  request: ExportWdeltaRequest,
  control: JobControl,
): Promise<ExportWdeltaResult> {
  const start = performance.now();
  const { child: path, basesOf = [], strategy, sparsity, outlierFraction } = request;
  const output = resolve(request.output);
  const paths = new OpenedPaths(fs);
  const { models, wdeltas } = await splitBases(fs, request.bases);
  // The child may be a delta file over one of the bases: all are opened as one family.
  const family = new Bases(fs, pool, paths, { bases: [path, ...models], basesOf, near: path }, control);
  let file: AtomicFile | undefined;
  try {
    file = await createAtomicFile(fs, output);
    const [child, ...given] = await family.given();
    if (!child) throw new Error('what is given is opened or refused');
    if (given.length === 0) throw noBase(path);
    const verifyBytes = wdeltas.length > 0 ? await chainBytes(fs, given, wdeltas) : 0;
    const meter = new JobMeter(control, [
      { phase: 'verify', bytes: verifyBytes },
      { phase: 'identify', bytes: given.reduce((sum, source) => sum + sizeOf(source.files), 0) },
      { phase: 'encode', bytes: sizeOf(child.files) },
    ]);
    const onBytes = meter.adding('verify', verifyBytes);
    const chain =
      wdeltas.length > 0
        ? await layChain({ paths, signal: control.signal, onBytes }, given, wdeltas)
        : undefined;
    const base: readonly Source[] = chain ? [chain.top.source] : given;
    const form = {
      strategy,
      ...(sparsity !== undefined && { sparsity }),
      ...(outlierFraction !== undefined && { outlierFraction }),
    };
    const written = await writeWdelta({ child: [child], base, sink: file, ...form }, meter.control);
    await paths.close();
    meter.publishing();
    const notes = await file.publish();
    const { bytes, originalBytes, elements, parentHash, tensors, error } = written;
    return {
      output,
      strategy,
      parentHash,
      tensors,
      originalBytes,
      storedBytes: bytes,
      ratio: originalBytes === 0 ? 1 : bytes / originalBytes,
      bitsPerWeight: elements === 0 ? 0 : (bytes * 8) / elements,
      relativeError: error,
      seconds: (performance.now() - start) / 1000,
      warnings: [...(chain?.warnings ?? []), ...warningsOf(basename(output), written), ...notes],
    };
  } finally {
    await file?.discard();
    await family.close();
    await paths.close().catch(() => undefined);
  }
}

function warningsOf(file: string, { worse, whole }: WrittenWdelta): Warning[] {
  const warnings: Warning[] = [];
  if (worse.length > 0) {
    warnings.push({
      file,
      sentence:
        `${some(worse)} come out of ${shownPath(file)} further off than those of the base are: their change is too small ` +
        'for the float16 in which such a file keeps steps. Use sparse, or a .dshelf.',
    });
  }
  if (whole.length > 0) {
    warnings.push({
      file,
      sentence: `${some(whole)} hold whole numbers, which come out of ${shownPath(file)} as float32: above 2^24 they are rounded.`,
    });
  }
  return warnings;
}

function some([first = '', ...others]: readonly string[]): string {
  return others.length === 0
    ? `The values of tensor ${shownPath(first)}`
    : `Those of tensor ${shownPath(first)} and ${others.length} more`;
}

function noBase(path: string): DeltashelfError {
  return new DeltashelfError(
    'parent-missing',
    `A .wdelta file holds what changed since a base, and none was given for ${shownPath(basename(path))}. Nothing was ` +
      'written. Name the model that it was made from with --base.',
    { file: basename(path) },
  );
}
