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
  sureConfidence,
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
  readonly #contentKeys = new Map<number, string | null>();
  readonly #seenKeys = new Map<number, string | null>();

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
      known: (child, parent) => this.#remembered(child, parent),
      onPredicted: (candidate) => this.#remember(candidate),
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

  /** Encodes a part of a model; what came of it is remembered. */
  async trial({ child, parent }: StorageCandidate): Promise<Awaited<ReturnType<Trial>>> {
    const { catalogue, pool } = this.#context;
    const known = this.#tried(child, parent);
    if (known) return { bytes: known.predictedBytes, confidence: 1 };
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
    const { bytes } = tried;
    catalogue.candidates.put(
      this.#keysOf(child, parent).map(([own, other]) => ({ child: own, parent: other, bytes, tried: true })),
    );
    return tried;
  }

  /** What trials said before, or else what sketches did. */
  #remembered(child: number, parent: number | null): StorageCandidate | undefined {
    const tried = this.#tried(child, parent);
    if (tried) return tried;
    const seen = this.#seenKey(child, parent);
    const known = seen && this.#context.catalogue.candidates.get(...seen);
    return known && { child, parent, predictedBytes: known.bytes };
  }

  #tried(child: number, parent: number | null): StorageCandidate | undefined {
    const { candidates } = this.#context.catalogue;
    for (const key of this.#keysOf(child, parent)) {
      const known = candidates.get(...key);
      if (known?.tried) return { child, parent, predictedBytes: known.bytes };
    }
    return undefined;
  }

  /** By content, where both were read; and by what the scan saw, which is known at once. */
  #keysOf(child: number, parent: number | null): (readonly [string, string])[] {
    return [this.#keyOf(child, parent), this.#seenKey(child, parent)].filter((key) => key !== undefined);
  }

  /** Only what is sure enough to be taken as it is: the doubt is not kept. */
  #remember({ child, parent, predictedBytes, confidence = 1 }: StorageCandidate): void {
    const key = confidence >= sureConfidence ? this.#seenKey(child, parent) : undefined;
    if (!key) return;
    this.#context.catalogue.candidates.put([
      { child: key[0], parent: key[1], bytes: predictedBytes, tried: false },
    ]);
  }

  /** Names two models by their files as the scan saw them, which is known before their bytes were read. */
  #seenKey(child: number, parent: number | null): readonly [string, string] | undefined {
    const { contents } = this.#context.catalogue;
    return pairKey(this.#seenKeys, child, parent, (id) => contents.seenKeyOf(id));
  }

  #keyOf(child: number, parent: number | null): readonly [string, string] | undefined {
    const { contents } = this.#context.catalogue;
    return pairKey(this.#contentKeys, child, parent, (id) => contents.keyOf(id));
  }

  #sketchOf(id: number): ModelSketch | undefined {
    const bytes = this.#context.catalogue.sketches.get(id, sketchVersion);
    return bytes && decodeSketch(bytes);
  }
}

/** @param known keys that were asked for before: each model is part of many pairs */
function pairKey(
  known: Map<number, string | null>,
  child: number,
  parent: number | null,
  keyOf: (id: number) => string | null,
): readonly [string, string] | undefined {
  const once = (id: number): string | null => {
    const found = known.get(id);
    const key = found === undefined ? keyOf(id) : found;
    known.set(id, key);
    return key;
  };
  const key = once(child);
  const other = parent === null ? '' : once(parent);
  return key === null || other === null ? undefined : [key, other];
}
