import { ModelSource } from '../../engine/sources/index.ts';
import {
  decodeSketch,
  predictStored,
  sketchVersion,
  trialStored,
  type ModelSketch,
} from '../../lineage/index.ts';
import {
  chooseCandidates,
  type ChoosingModel,
  type StorageCandidate,
  type Trial,
} from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { openOwn } from './open-own.ts';

/** Bytes of a model that a trial encodes at most. */
const trialBytes = 16_000_000;

/** What deltas would take: from sketches, and where those cannot know, from a trial. Each is asked once. */
export class Predictions {
  readonly #context: LibraryContext;
  readonly #control: CallControl;

  constructor(context: LibraryContext, control: CallControl) {
    this.#context = context;
    this.#control = control;
  }

  /** Ways to store models; those that a person named also without any parent. */
  async choose(models: readonly ChoosingModel[], asked: ReadonlySet<number>): Promise<StorageCandidate[]> {
    const { signal, onProgress } = this.#control;
    const candidates = await chooseCandidates({
      models,
      sketchOf: (id) => Promise.resolve(this.#sketchOf(id)),
      known: this.#remembered(models),
      ...(signal && { signal }),
      onProgress: (doneBytes, totalBytes) => onProgress?.({ phase: 'plan', doneBytes, totalBytes }),
    });
    for (const id of asked) {
      const sketch = this.#sketchOf(id);
      if (!sketch) continue;
      const { bytes, confidence } = predictStored(sketch, null);
      candidates.push({ child: id, parent: null, predictedBytes: bytes, confidence });
    }
    return candidates;
  }

  /** Encodes a part of a model; what came of it is remembered by the contents of both. */
  async trial({ child, parent }: StorageCandidate): Promise<Awaited<ReturnType<Trial>>> {
    const { catalogue, pool } = this.#context;
    const key = this.#keyOf(child, parent);
    const known = key && catalogue.candidates.get(...key);
    if (known?.tried) return { bytes: known.bytes, confidence: 1 };
    const childSketch = this.#sketchOf(child);
    const parentSketch = parent === null ? undefined : this.#sketchOf(parent);
    if (!childSketch || (parent !== null && !parentSketch)) throw new Error('a candidate has sketches');
    await using opened = await openOwn(this.#context, child);
    await using other = parent === null ? undefined : await openOwn(this.#context, parent);
    const source = other && (await ModelSource.open(other.name, other.files));
    const tried = await trialStored(
      {
        pool,
        child: await ModelSource.open(opened.name, opened.files),
        childSketch,
        parent: source && parentSketch ? { source, sketch: parentSketch } : null,
        budget: trialBytes,
      },
      this.#control.signal,
    );
    if (key) catalogue.candidates.put([{ child: key[0], parent: key[1], bytes: tried.bytes, tried: true }]);
    return tried;
  }

  /** What trials said before. */
  #remembered(models: readonly ChoosingModel[]): StorageCandidate[] {
    const { catalogue } = this.#context;
    const keys = models.flatMap(({ id }) => {
      const key = catalogue.contents.keyOf(id);
      return key === null ? [] : [{ id, key }];
    });
    const known: StorageCandidate[] = [];
    for (const group of Map.groupBy(keys, ({ id }) => catalogue.models.get(id)?.family?.id ?? -id).values()) {
      for (const child of group) {
        for (const parent of group) {
          const pair = child === parent ? undefined : catalogue.candidates.get(child.key, parent.key);
          if (pair?.tried) known.push({ child: child.id, parent: parent.id, predictedBytes: pair.bytes });
        }
      }
    }
    return known;
  }

  #keyOf(child: number, parent: number | null): readonly [string, string] | undefined {
    const { contents } = this.#context.catalogue;
    const key = contents.keyOf(child);
    const other = parent === null ? '' : contents.keyOf(parent);
    return key === null || other === null ? undefined : [key, other];
  }

  #sketchOf(id: number): ModelSketch | undefined {
    const bytes = this.#context.catalogue.sketches.get(id, sketchVersion);
    return bytes && decodeSketch(bytes);
  }
}
