import { Malformed } from './malformed.ts';
import type { PickleValue } from './pickle-values.ts';

/** Values that may lie on the stack. Python's pickler sets items in batches of 1,000; tuples and sets come whole. */
const maxDepth = 100_000;

/** Marks that may lie on the stack: what nests deeper than this is no checkpoint. */
const maxMarks = 1_000;

/**
 * Objects and texts made, and items put into lists, dictionaries, tuples and the memo: what bounds the memory of an
 * interpretation (a few hundred MB, and only for a pickle of several MB). A tensor takes
 * about 40, so 100,000 tensors fit.
 */
const maxItems = 4_000_000;

/** The stack, marks and memo of a pickle machine, each with its limit. */
export class PickleStack {
  readonly #values: PickleValue[] = [];
  readonly #marks: number[] = [];
  /** Remembered values with the indices 0, 1, 2, ... as picklers give them; any other index is in `#sparse`. */
  readonly #memo: PickleValue[] = [];
  readonly #sparse = new Map<number, PickleValue>();
  #items = 0;

  get size(): number {
    return this.#values.length;
  }

  get memoSize(): number {
    return this.#memo.length + this.#sparse.size;
  }

  push(value: PickleValue): void {
    if (this.#values.length === maxDepth)
      throw new Malformed(`its pickle stacks more than ${maxDepth} values`);
    if (typeof value === 'object' || typeof value === 'string') this.#count(1);
    this.#values.push(value);
  }

  pop(): PickleValue {
    this.#checkDepth(1);
    return this.#values.pop() ?? null;
  }

  /** Takes the topmost `count` values, lowest first. */
  take(count: number): PickleValue[] {
    this.#checkDepth(count);
    this.#count(count);
    return this.#values.splice(-count);
  }

  top(): PickleValue {
    this.#checkDepth(1);
    return this.#values.at(-1) ?? null;
  }

  mark(): void {
    if (this.#marks.length === maxMarks) throw new Malformed(`its pickle nests deeper than ${maxMarks}`);
    this.#marks.push(this.#values.length);
  }

  /** Takes away the topmost mark and what lies above it. */
  popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new Malformed('its pickle uses a mark that is not there');
    const values = this.#values.splice(mark);
    this.#count(values.length);
    return values;
  }

  /** Whether nothing lies above the topmost mark. */
  get atMark(): boolean {
    return this.#marks.at(-1) === this.#values.length;
  }

  remember(index: number): void {
    this.#count(1);
    const value = this.top();
    if (index < this.#memo.length) this.#memo[index] = value;
    else if (index > this.#memo.length) this.#sparse.set(index, value);
    else {
      this.#memo.push(value);
      this.#sparse.delete(index);
    }
  }

  recall(index: number): void {
    const value = index < this.#memo.length ? this.#memo[index] : this.#sparse.get(index);
    if (value === undefined) throw new Malformed(`its pickle recalls ${index}, which it never remembered`);
    this.push(value);
  }

  #count(items: number): void {
    this.#items += items;
    if (this.#items > maxItems) throw new Malformed(`its pickle makes more than ${maxItems} values`);
  }

  #checkDepth(count: number): void {
    if (this.#values.length < (this.#marks.at(-1) ?? 0) + count)
      throw new Malformed('its pickle takes from an empty stack');
  }
}
