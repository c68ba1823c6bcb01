import type { Slot } from '../pool/index.ts';

/** Frees slots together; for the `finally` of a piece of work that takes several. */
export class SlotSet {
  readonly #slots: Slot[] = [];

  /** Remembers a slot and gives it back. */
  keep(slot: Slot): Slot {
    this.#slots.push(slot);
    return slot;
  }

  /** Gives a slot to somebody who frees it. */
  release(slot: Slot): Slot {
    this.#slots.splice(this.#slots.indexOf(slot), 1);
    return slot;
  }

  free(): void {
    for (const slot of this.#slots.splice(0)) slot.free();
  }
}
