import { dtypeBits, elementCount, type Dtype } from '../../engine/dtypes.ts';
import type { FoundModel } from '../../library/index.ts';

/**
 * Share of a model's weights that its delta leaves free, about, by the type of most of them: somewhat less than what
 * the pairs in bench/README.md come to on average (BF16 0.65 to 0.70, F32 0.28 to 0.55, F16 0.28 to 0.39). Other types
 * are quantised ones, of which deltas save little: they count as nothing.
 */
const freedShare: Partial<Readonly<Record<Dtype, number>>> = { BF16: 0.5, F32: 0.25, F16: 0.25 };

/**
 * Guesses what storing models as deltas would free, from their headers alone. Models whose weights have the same names
 * and shapes are taken for relatives: one of them, the largest, stays whole, and each other one frees a share of its
 * weights. What cannot be reclaimed (links, shared blobs, another program's files), adapters and deltas count as
 * nothing. Strangers of one architecture are taken for relatives here; only their bytes tell them apart.
 */
export class GuessFreed {
  readonly #groups = new Map<string, { freed: number; largest: number }>();

  add({ layout, blockers, files, tensors }: FoundModel): void {
    if (blockers.length > 0 || (layout !== 'folder' && layout !== 'file' && layout !== 'pipeline')) return;
    const weights = tensors.filter(({ file }) => files[file]?.role === 'weights');
    if (weights.length === 0) return;
    const bytes = new Map<Dtype, number>();
    for (const { dtype, shape } of weights) {
      bytes.set(dtype, (bytes.get(dtype) ?? 0) + (elementCount(shape) * dtypeBits[dtype]) / 8);
    }
    const [[most] = []] = [...bytes].sort((a, b) => b[1] - a[1]);
    const total = [...bytes.values()].reduce((sum, each) => sum + each, 0);
    const freed = total * ((most && freedShare[most]) ?? 0);
    const key = weights
      .map(({ name, shape }) => `${name} ${shape.join('x')}`)
      .sort()
      .join('\n');
    const group = this.#groups.get(key) ?? { freed: 0, largest: 0 };
    this.#groups.set(key, { freed: group.freed + freed, largest: Math.max(group.largest, freed) });
  }

  /** Bytes. */
  get bytes(): number {
    return Math.round(
      [...this.#groups.values()].reduce((sum, { freed, largest }) => sum + freed - largest, 0),
    );
  }
}
