import { DeltashelfError } from '../../../shared/index.ts';
import { ModelSource } from '../sources/index.ts';
import type { Control } from '../streams.ts';
import { CreateProgress } from './create-progress.ts';
import type { CreateRequest, CreateResult } from './create-request.ts';
import { Encoder } from './encoder.ts';
import { LossyEncoder } from './lossy-encoder.ts';
import { LossyHashes } from './lossy-hashes.ts';
import { Matcher } from './match.ts';
import { pathsProblem } from './paths.ts';

/**
 * Writes a delta of `child` against `parents`. Reads the child twice (once more where a factor or doing without the
 * parent is tried, and of large tensors what lies beyond their first 32 MiB) and the parents as often. Memory: two
 * batches, and twice the start of a tensor.
 * @throws DeltashelfError `cancelled`, and whatever sources and sink throw; the sink is then to be discarded
 */
export async function createDelta(request: CreateRequest, control: Control = {}): Promise<CreateResult> {
  refuseUnusableNames(request);
  // Runs beside the encoder, which needs a digest only where names do not tell what a segment comes from.
  const progress = new CreateProgress(request.child, request.parents, control);
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(control.signal ? [control.signal] : [])]);
  const identified = identifyAll(request, progress, signal);
  identified.catch(() => undefined);
  try {
    const { pool, child, parents, lossy: choice, refined = false } = request;
    const matcher = new Matcher(child, parents, signal);
    const encoder = choice && (await LossyEncoder.open(pool, choice, child, matcher, refined, signal));
    try {
      const lossy = encoder && { encoder, hashes: await LossyHashes.open(child) };
      return await new Encoder(request, control, progress, identified, matcher, lossy).run();
    } finally {
      encoder?.free();
    }
  } catch (error) {
    // Nobody needs to read the rest of all files to hear of it.
    failed.abort(error);
    throw error;
  } finally {
    await Promise.allSettled([identified]);
  }
}

/** Names that no reader of the delta would take are better refused before the work than after it. */
function refuseUnusableNames({ child, metadata }: CreateRequest): void {
  const leaves = [...child.files, ...metadata.links].map(({ path }) => path);
  // The model's own folder has no name.
  const folders = metadata.folders.map(({ path }) => path).filter((path) => path !== '');
  const problem = pathsProblem(leaves, folders);
  if (problem === undefined) return;
  throw new DeltashelfError(
    'not-readable',
    `${child.name} cannot be stored: its path ${problem}. Nothing was written. Rename it and try again.`,
  );
}

async function identifyAll(
  { child, parents }: CreateRequest,
  progress: CreateProgress,
  signal: AbortSignal,
): Promise<void> {
  for (const source of [child, ...parents]) {
    for (const file of source.files) {
      if (source instanceof ModelSource) {
        await source.identify(file, signal, (bytes) => {
          progress.identified(bytes);
        });
      } else {
        progress.identified(file.size);
      }
    }
  }
}
