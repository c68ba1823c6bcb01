import type { LossyTensor } from './lossy-codec.ts';

/** Elements of a band: 4 MiB of float32. */
const BAND = 2 ** 20;

/** Some whole rows, row by row. The view is valid during the visit only. */
export interface Band {
  readonly first: number;
  readonly count: number;
  readonly delta: Float32Array;
}

/** Visits the change of a tensor once, in bands of whole rows, in order. */
export async function visitBands(
  tensor: LossyTensor,
  signal: AbortSignal | undefined,
  visit: (band: Band) => void,
): Promise<void> {
  const { rows, columns } = tensor;
  const step = Math.max(1, Math.floor(BAND / columns));
  for (let first = 0; first < rows; first += step) {
    signal?.throwIfAborted();
    const count = Math.min(step, rows - first);
    const read = await tensor.read(first, count);
    try {
      visit({ first, count, delta: read.delta.f32(0, count * columns) });
    } finally {
      read.free();
    }
  }
}
