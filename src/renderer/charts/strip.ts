import type { ModelSummary } from '../../shared/index.ts';
import { bytes as formatBytes } from '../words/index.ts';

/**
 * What stays of a model or of several, in bytes: the lengths of the strip's parts in their order. Together they are
 * at most `total`; what is missing is saved.
 */
export interface Strip {
  /** The models' sizes: the full length. */
  readonly total: number;
  readonly base: number;
  readonly delta: number;
  /** Deltas of close copies. */
  readonly close: number;
  /** Deltas that are only predicted. */
  readonly predicted: number;
  /** Originals, as far as no delta covers them. */
  readonly original: number;
  /** Originals at their full size, for the words. */
  readonly originalWhole: number;
  /** Models of which nothing is left: neither kept nor saved. */
  readonly missing: number;
}

type Measured = Pick<
  ModelSummary,
  'bytes' | 'storedBytes' | 'predictedBytes' | 'state' | 'relation' | 'lossy'
>;

const nothing: Strip = {
  total: 0,
  base: 0,
  delta: 0,
  close: 0,
  predicted: 0,
  original: 0,
  originalWhole: 0,
  missing: 0,
};

/** The strip of one model. */
export function stripOf({ bytes, storedBytes, predictedBytes, state, relation, lossy }: Measured): Strip {
  const strip = { ...nothing, total: bytes };
  if (relation === 'base' && state === 'original') return { ...strip, base: bytes };
  const stored = Math.min(storedBytes ?? 0, bytes);
  // Of what is away only the delta is known, where there is one.
  const hasOriginal =
    !['stored', 'missing', 'offline'].includes(state) || (state === 'offline' && stored === 0);
  const predicted = hasOriginal && storedBytes === null ? Math.min(predictedBytes ?? 0, bytes) : 0;
  return {
    ...strip,
    delta: lossy ? 0 : stored,
    close: lossy ? stored : 0,
    predicted,
    original: hasOriginal ? bytes - stored - predicted : 0,
    originalWhole: hasOriginal ? bytes : 0,
    missing: hasOriginal || stored > 0 ? 0 : bytes,
  };
}

/** The strips of several models, one after the other, as one. */
export function sumStrips(strips: Iterable<Strip>): Strip {
  const sum: Record<keyof Strip, number> = { ...nothing };
  for (const strip of strips) {
    for (const part of Object.keys(nothing) as (keyof Strip)[]) sum[part] += strip[part];
  }
  return sum;
}

/** The figures of a strip in words: "6.9 GB: delta about 2.4 GB, original 6.9 GB". */
export function stripWords(strip: Strip): string {
  const { total, base, delta, close, predicted, original, originalWhole, missing } = strip;
  const saved = total - base - delta - close - predicted - original - missing;
  const parts = [
    ['base', base],
    ['delta', delta],
    ['close copy', close],
    ['delta about', predicted],
    ['original', originalWhole],
    ['saved', saved],
    ['missing', missing],
  ] as const;
  const words = parts
    .filter(([, bytes]) => bytes > 0)
    .map(([word, bytes]) => `${word} ${formatBytes(bytes)}`);
  return `${formatBytes(total)}: ${words.length > 0 ? words.join(', ') : 'nothing'}`;
}
