import type { ModelSketch } from '../../lineage/index.ts';

/** Sketches kept at once: about 2 MB each at most. */
const KEPT = 48;

/** Loads sketches when they are asked for, and keeps those that were last. */
export class SketchCache {
  readonly #load: (id: number) => Promise<ModelSketch | undefined>;
  readonly #kept = new Map<number, ModelSketch | undefined>();

  constructor(load: (id: number) => Promise<ModelSketch | undefined>) {
    this.#load = load;
  }

  async get(id: number): Promise<ModelSketch | undefined> {
    const known = this.#kept.has(id);
    const sketch = known ? this.#kept.get(id) : await this.#load(id);
    this.#kept.delete(id);
    this.#kept.set(id, sketch);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return sketch;
  }
}
