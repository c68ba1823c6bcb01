import { resolve } from 'node:path';
import type { SweepPoint, SweepResult } from '../../../shared/index.ts';
import { parseLossy, type LossyChoice } from '../../engine/codecs/lossy/index.ts';
import { createDelta, type CreateResult } from '../../engine/delta/index.ts';
import type { Source } from '../../engine/sources/index.ts';
import { createAtomicFile, type AtomicFile } from '../disk/index.ts';
import { JobMeter, type JobControl } from '../job-meter.ts';
import { Bases, identityOf, type BaseOf } from './bases.ts';
import { OpenedPaths } from './opened-paths.ts';
import { sizeOf } from './sizes.ts';
import { sweepCsv } from './sweep-csv.ts';
import { SweepCache } from './sweep-cache.ts';
import type { Tools } from './tools.ts';

/** A comparison of codecs on one model. */
export interface SweepRequest {
  readonly child: string;
  readonly bases: readonly string[];
  readonly basesOf?: readonly BaseOf[];
  /** Codecs with their options. */
  readonly codecs: readonly string[];
  /** Folder in which what was measured is remembered, by content. */
  readonly cache?: string;
  /** File that gets the points as comma-separated values. */
  readonly csv?: string;
}

/**
 * Codes a model by many codecs, decodes each result, and says how large and how near it is. Writes no delta file. What
 * was measured before on the same bytes is not measured again, so a sweep that was cancelled goes on.
 * @throws DeltashelfError
 */
export async function sweepDelta(
  { fs, pool, writer }: Tools,
  { child: path, bases, basesOf = [], codecs, cache, csv }: SweepRequest,
  control: JobControl,
): Promise<SweepResult> {
  const start = performance.now();
  const choices = codecs.map((codec) => parseLossy(codec));
  const paths = new OpenedPaths(fs);
  let parents: Bases | undefined;
  let table: AtomicFile | undefined;
  try {
    const { model, source: child } = await paths.openModel(path);
    const own = new Set(model.files.map(({ status }) => identityOf(status)));
    parents = new Bases(fs, pool, paths, { bases, basesOf, near: path, own }, control);
    // Before anything is measured: what has that name already is found at once.
    table = csv === undefined ? undefined : await createAtomicFile(fs, resolve(csv));
    const sources = await parents.given();
    const originalBytes = sizeOf(child.files);
    const phases = { phase: 'encode', bytes: originalBytes * (choices.length + 1) } as const;
    const done = new JobMeter(control, [phases]).adding('encode', phases.bytes);
    const metadata = { kind: model.kind, files: new Map(), folders: [], links: [] };
    const request = { pool, child, parents: sources, metadata, level: 'fast', writer, sink } as const;
    const signal = control.signal && { signal: control.signal };
    const measure = async (lossy?: LossyChoice): Promise<CreateResult> => {
      control.signal?.throwIfAborted();
      return await createDelta({ ...request, ...(lossy && { lossy }) }, { ...signal });
    };
    const exact = await measure();
    done(originalBytes);
    const remembered = new SweepCache(fs, cache, [writer, ...(await contentOf([child, ...sources]))]);
    const wide = wideBytes(child);
    const points: SweepPoint[] = [];
    for (const choice of choices) {
      const known = await remembered.find(choice.text);
      const point = known ?? pointOf(await measure(choice), choice.text, wide);
      if (!known) await remembered.keep(point);
      points.push(point);
      done(originalBytes);
    }
    await paths.close();
    await table?.write(sweepCsv(points));
    const notes = (await table?.publish()) ?? [];
    return {
      ...{ child: child.name, originalBytes, floatBytes: wide, exactBytes: exact.storedBytes, points },
      seconds: (performance.now() - start) / 1000,
      warnings: [...model.warnings, ...child.warnings, ...notes],
    };
  } finally {
    await table?.discard();
    await parents?.close();
    await paths.close().catch(() => undefined);
  }
}

/** Only the size of what is written matters. */
const sink = { write: () => Promise.resolve() };

function pointOf(
  { originalBytes, storedBytes, lossy }: CreateResult,
  codec: string,
  wide: number,
): SweepPoint {
  return {
    codec,
    bytes: storedBytes,
    bitsPerWeight: lossy ? (lossy.bytes * 8) / lossy.weights : 0,
    ratio: originalBytes / storedBytes,
    floatRatio: wide / storedBytes,
    relativeError: lossy?.relativeError ?? 0,
    cosine: lossy ? lossy.cosine : 1,
    slope: lossy?.slope ?? 1,
  };
}

/** Bytes of a model whose 16-bit floating-point tensors are stored as float32. */
function wideBytes({ files, segments }: Source): number {
  const narrow = segments.filter(({ tensor }) => tensor?.dtype === 'BF16' || tensor?.dtype === 'F16');
  return narrow.reduce((sum, { length }) => sum + length, sizeOf(files));
}

async function contentOf(sources: readonly Source[]): Promise<string[]> {
  const hashes: string[] = [];
  for (const source of sources) {
    for (const file of source.files) hashes.push(`${file.path} ${await source.sha256(file)}`);
  }
  return hashes;
}
