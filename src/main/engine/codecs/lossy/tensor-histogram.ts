import { visitBands } from './bands.ts';
import type { LossyTensor } from './lossy-codec.ts';
import { isCodable } from './magnitudes.ts';
import { ValueHistogram } from './value-histogram.ts';

/**
 * Counts the changes of a tensor; reads it once.
 * @returns undefined where they are all 0, or too small or too large to be scaled in float32: such a tensor is exact
 */
export async function histogramOf(
  tensor: LossyTensor,
  signal: AbortSignal | undefined,
): Promise<ValueHistogram | undefined> {
  const histogram = new ValueHistogram();
  await visitBands(tensor, signal, ({ delta }) => {
    histogram.add(delta);
  });
  return isCodable(histogram.largest) ? histogram : undefined;
}
