import { elementCount } from '../dtypes.ts';
import type { Control } from '../streams.ts';
import type { ReadControl } from './changes.ts';
import type { ModelTensor } from './model-tensors.ts';
import type { HashControl } from './parent-hash.ts';
import type { TensorPair } from './writer-pairs.ts';

/** Tells how far the work is: the base as it is hashed, then the model as it is encoded. */
export class WriteMeter {
  readonly #control: Control;
  readonly #baseBytes: number;
  readonly #childBytes: number;
  #hashed = 0;
  #encoded = 0;

  constructor(control: Control, pairs: readonly TensorPair[]) {
    this.#control = control;
    this.#baseBytes = pairs.reduce((sum, { base }) => sum + base.segment.length, 0);
    this.#childBytes = pairs.reduce((sum, { child }) => sum + child.segment.length, 0);
  }

  get hashing(): HashControl {
    return {
      ...this.#signal,
      onBytes: (bytes) => {
        this.#hashed += bytes;
        this.#control.onProgress?.({
          phase: 'identify',
          doneBytes: this.#hashed,
          totalBytes: this.#baseBytes,
        });
      },
    };
  }

  reading({ info, segment }: ModelTensor): ReadControl {
    const width = segment.length / Math.max(1, elementCount(info.shape));
    return {
      ...this.#signal,
      onElements: (elements) => {
        this.#encoded += elements * width;
        this.#control.onProgress?.({
          phase: 'encode',
          doneBytes: this.#encoded,
          totalBytes: this.#childBytes,
        });
      },
    };
  }

  get #signal(): { readonly signal?: AbortSignal } {
    const { signal } = this.#control;
    return signal ? { signal } : {};
  }
}
