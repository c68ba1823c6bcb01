import { join, resolve } from 'node:path';
import type { ApplyDeltaResult } from '../../../shared/index.ts';
import type { AtomicFile } from '../disk/index.ts';
import { JobMeter, type JobControl } from '../job-meter.ts';
import type { ApplyDeltaRequest } from './apply-delta.ts';
import { Bases } from './bases.ts';
import { checkSpace } from './check-space.ts';
import { OpenedPaths } from './opened-paths.ts';
import { beginFile } from './restore.ts';
import type { Tools } from './tools.ts';
import { chainBytes, floatBytes, layChain, splitBases } from './wdelta-bases.ts';

/** Bytes that are decoded at a time. */
const blockBytes = 1 << 20;

/**
 * Writes the model that a .wdelta file and its base make, in float32, as one safetensors file. It appears whole or not
 * at all, after file and base were checked. There is nothing to compare it with: the file has no hash of its model.
 * @throws DeltashelfError
 */
export async function applyWdeltaFile(
  { fs, pool }: Pick<Tools, 'fs' | 'pool'>,
  request: ApplyDeltaRequest,
  control: JobControl,
): Promise<ApplyDeltaResult> {
  const start = performance.now();
  const { basesOf = [] } = request;
  const target = resolve(request.output);
  const paths = new OpenedPaths(fs);
  const { models, wdeltas } = await splitBases(fs, request.bases);
  const parents = new Bases(fs, pool, paths, { bases: models, basesOf, near: request.file }, control);
  let file: AtomicFile | undefined;
  try {
    const bases = await parents.given();
    const files = [...wdeltas, request.file];
    const verifyBytes = await chainBytes(fs, bases, files);
    const meter = new JobMeter(control, [
      { phase: 'verify', bytes: verifyBytes },
      { phase: 'decode', bytes: floatBytes(bases) },
    ]);
    const { top, warnings } = await layChain(
      { paths, signal: control.signal, onBytes: meter.adding('verify', verifyBytes) },
      bases,
      files,
    );
    const { bytes, source } = top;
    await checkSpace(fs, target, bytes.size);
    file = await beginFile(fs, { path: source.name }, target);
    const decoded = meter.adding('decode', floatBytes(bases));
    for (let at = 0; at < bytes.size; at += blockBytes) {
      control.signal?.throwIfAborted();
      const block = new Uint8Array(Math.min(blockBytes, bytes.size - at));
      await bytes.read(at, block);
      await file.write(block);
      decoded(block.length);
    }
    await paths.close();
    meter.publishing();
    const notes = await file.publish();
    return {
      output: join(target, source.name),
      kind: 'file',
      files: 1,
      bytes: bytes.size,
      lossy: { codec: 'wdelta', relativeError: null, cosine: null, slope: null, largestError: null },
      seconds: (performance.now() - start) / 1000,
      warnings: [...warnings, ...notes],
    };
  } finally {
    await file?.discard();
    await parents.close();
    await paths.close().catch(() => undefined);
  }
}
