import { quote } from '../formats/malformed.ts';
import { WdeltaFlaw } from './flaw.ts';

/** Places between two that are remembered: what is read to find one is 32 kB at most. */
export const placesPerMark = 4096;

const placeBytes = 8;

/** An array of places of elements: where it lies, and of which tensor it is. */
export interface PlacesArray {
  readonly tensor: string;
  /** Elements of the tensor. */
  readonly elements: number;
  /** First byte within the file. */
  readonly offset: number;
  /** Number of places. */
  readonly count: number;
}

/**
 * Checks places as their bytes come by: ascending, each below the number of elements. Remembers one of 4096, so that
 * a part of a tensor can be decoded without reading what lies before it.
 */
export class PlacesCheck {
  /** Place number 0, 4096, 8192 and so on. */
  readonly marks: Float64Array;
  readonly #array: PlacesArray;
  readonly #rest = new Uint8Array(placeBytes);
  #restBytes = 0;
  #seen = 0;
  #last = -1;

  constructor(array: PlacesArray) {
    this.#array = array;
    this.marks = new Float64Array(Math.ceil(array.count / placesPerMark));
  }

  /**
   * Takes the next bytes of the array, of any number.
   * @throws WdeltaFlaw
   */
  push(bytes: Uint8Array): void {
    let at = 0;
    if (this.#restBytes > 0) {
      at = Math.min(placeBytes - this.#restBytes, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restBytes);
      this.#restBytes += at;
      if (this.#restBytes < placeBytes) return;
      this.#restBytes = 0;
      this.#take(new DataView(this.#rest.buffer), 0);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (; at + placeBytes <= bytes.length; at += placeBytes) this.#take(view, at);
    this.#rest.set(bytes.subarray(at));
    this.#restBytes = bytes.length - at;
  }

  #take(view: DataView, at: number): void {
    const place = readPlace(view, at);
    const { tensor, elements } = this.#array;
    // What is below zero as a signed number is above all as this one.
    if (place >= elements) {
      throw new WdeltaFlaw(`tensor ${quote(tensor)} has an index beyond its ${elements} elements`, tensor);
    }
    if (place <= this.#last) {
      throw new WdeltaFlaw(`the indices of tensor ${quote(tensor)} do not ascend`, tensor);
    }
    if (this.#seen % placesPerMark === 0) this.marks[this.#seen / placesPerMark] = place;
    this.#last = place;
    this.#seen += 1;
  }
}

/** An int64 as a number; one below zero comes out above 2^63. */
export function readPlace(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}
