import { layoutOf, type Layout } from './infer-layout.ts';
import type { ModelProfile } from './profile.ts';
import type { ModelSketch } from './sketch.ts';

/** Sampled values that are kept at once. Bytes. */
const KEPT_BYTES = 48 << 20;

/**
 * Layouts of models, made from their sketches when they are asked for. Those used last are kept: all of a library of
 * ten thousand models would be gigabytes.
 */
export class LayoutCache {
  readonly #kept = new Map<number, { readonly layout: Layout | undefined; readonly bytes: number }>();
  #bytes = 0;

  /**
   * Undefined before a model's bytes were looked at.
   * @param read its sketch, where that was read just now
   */
  of(profile: ModelProfile, read?: ModelSketch): Layout | undefined {
    const known = this.#kept.get(profile.id);
    if (known) {
      this.#kept.delete(profile.id);
      this.#kept.set(profile.id, known);
      return known.layout;
    }
    const sketch = read ?? profile.sketch;
    const layout = sketch && layoutOf(sketch);
    const bytes = layout ? sizeOf(layout) : 0;
    this.#kept.set(profile.id, { layout, bytes });
    this.#bytes += bytes;
    for (const [id, oldest] of this.#kept) {
      if (this.#bytes <= KEPT_BYTES || id === profile.id) break;
      this.#kept.delete(id);
      this.#bytes -= oldest.bytes;
    }
    return layout;
  }
}

function sizeOf(layout: Layout): number {
  let bytes = 0;
  for (const { tensor } of layout.values()) bytes += tensor.values.byteLength + 256;
  return bytes;
}
