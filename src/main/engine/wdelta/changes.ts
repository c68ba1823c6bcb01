import { DeltashelfError } from '../../../shared/index.ts';
import { elementCount } from '../dtypes.ts';
import { quote } from '../formats/malformed.ts';
import { readFloat32, type ModelTensor } from './model-tensors.ts';

/** Elements that are worked on at a time. */
const blockElements = 1 << 18;
/** Elements up to which the change of a tensor is kept in memory (64 MB); a larger one is read anew for each pass. */
const keptElements = 1 << 24;

/** Some neighbouring elements of a change. */
export interface ChangeBlock {
  /** Place of the first in the tensor, in C order. */
  readonly first: number;
  readonly values: Float32Array;
}

/** What happens while tensors are read. */
export interface ReadControl {
  readonly signal?: AbortSignal;
  /** Told once for each element. */
  readonly onElements?: (elements: number) => void;
}

/** The change of one tensor: float32(child) - float32(base), rounded to float32. Can be gone through several times. */
export class Changes {
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
  readonly #child: ModelTensor;
  readonly #base: ModelTensor;
  readonly #control: ReadControl;
  readonly #kept: ChangeBlock[] = [];
  #passed = false;

  constructor(child: ModelTensor, base: ModelTensor, control: ReadControl) {
    this.name = child.name;
    this.shape = child.info.shape;
    this.count = elementCount(this.shape);
    this.#child = child;
    this.#base = base;
    this.#control = control;
  }

  /**
   * All elements in order. Whoever begins a pass goes through to its end.
   * @throws DeltashelfError `usage` where a change is no finite number
   */
  async *blocks(): AsyncGenerator<ChangeBlock> {
    if (this.#passed && this.count <= keptElements) {
      yield* this.#kept;
      return;
    }
    for (let first = 0; first < this.count; first += blockElements) {
      this.#control.signal?.throwIfAborted();
      const block = { first, values: await this.#read(first) };
      if (this.count <= keptElements) this.#kept.push(block);
      if (!this.#passed) this.#control.onElements?.(block.values.length);
      yield block;
    }
    this.#passed = true;
  }

  async #read(first: number): Promise<Float32Array> {
    const range = { first, count: Math.min(blockElements, this.count - first) };
    const values = await readFloat32(this.#child, range);
    const base = await readFloat32(this.#base, range);
    for (let at = 0; at < values.length; at += 1) {
      const change = Math.fround((values[at] ?? 0) - (base[at] ?? 0));
      if (!Number.isFinite(change)) throw notFinite(this.name, first + at);
      values[at] = change;
    }
    return values;
  }
}

function notFinite(name: string, at: number): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `Element ${at} of tensor ${quote(name)} changes by no finite number: it is NaN or infinite in the model or in its ` +
      'base, or too far from it. A .wdelta file cannot hold that. Nothing was written. Store the model as a .dshelf, ' +
      'which keeps every bit.',
    { tensor: name },
  );
}
