import type { Grid, Range } from '../codecs/index.ts';
import type { Slot } from '../pool/index.ts';
import type { Sample } from '../predictors/fit-factor.ts';
import type { LoadedChunk } from './grid-tensor.ts';

type Bits = Uint16Array | Uint32Array;

/** Rows of child and parent, thinned out evenly while a tensor is read. Kept as bits: most are never looked at. */
export class RowSamples {
  readonly #grid: Grid;
  readonly #stride: number;
  readonly #columns: number;
  /** Which of the rows that may be kept came. */
  readonly #came: Uint8Array;
  /** All rows in one piece, made when the first comes. */
  #child: Bits | undefined;
  #parent: Bits | undefined;

  /** @param limit elements to keep, about */
  constructor(grid: Grid, rows: number, columns: number, limit: number) {
    this.#grid = grid;
    this.#columns = columns;
    this.#stride = Math.max(1, Math.ceil((rows * columns) / limit));
    this.#came = new Uint8Array(Math.ceil(rows / this.#stride));
  }

  /** Takes the rows that lie wholly in a chunk. */
  add({ child, prediction }: LoadedChunk, range: Range): void {
    if (!prediction) return;
    const columns = this.#columns;
    const [to, from] = [(this.#child ??= this.#room()), (this.#parent ??= this.#room())];
    const [after, before] = [this.#bits(child, range.count), this.#bits(prediction, range.count)];
    let place = Math.ceil(range.first / columns / this.#stride);
    for (; place < this.#came.length; place += 1) {
      const at = place * this.#stride * columns - range.first;
      if (at + columns > range.count) break;
      to.set(after.subarray(at, at + columns), place * columns);
      from.set(before.subarray(at, at + columns), place * columns);
      this.#came[place] = 1;
    }
  }

  /** About `limit` elements of what was kept, as numbers. */
  take(limit: number): Sample {
    const columns = this.#columns;
    const came = [...this.#came.keys()].filter((place) => this.#came[place] === 1);
    const skip = Math.max(1, Math.ceil((came.length * columns) / limit));
    const places = came.filter((_, index) => index % skip === 0);
    const child = new Float32Array(places.length * columns);
    const parent = new Float32Array(places.length * columns);
    for (const [index, place] of places.entries()) {
      const row = (all: Bits | undefined): Bits =>
        (all ?? this.#room()).subarray(place * columns, (place + 1) * columns);
      toFloats(this.#grid, row(this.#child), child.subarray(index * columns));
      toFloats(this.#grid, row(this.#parent), parent.subarray(index * columns));
    }
    return { child, parent, columns };
  }

  #room(): Bits {
    const elements = this.#came.length * this.#columns;
    return this.#grid === 'F32' ? new Uint32Array(elements) : new Uint16Array(elements);
  }

  #bits(slot: Slot, count: number): Bits {
    return this.#grid === 'F32' ? slot.u32(0, count) : slot.u16(0, count);
  }
}

function toFloats(grid: Grid, bits: Bits, target: Float32Array): void {
  const words = new Uint32Array(target.buffer, target.byteOffset, bits.length);
  if (grid === 'F32') words.set(bits);
  else if (grid === 'BF16')
    for (let index = 0; index < bits.length; index += 1) words[index] = (bits[index] ?? 0) << 16;
  else {
    const values = (halves ??= allHalves());
    for (let index = 0; index < bits.length; index += 1) target[index] = values[bits[index] ?? 0] ?? 0;
  }
}

/** Values of all 16-bit floats, by their bits; a look there is some times faster than a power of two. */
let halves: Float32Array | undefined;

function allHalves(): Float32Array {
  return Float32Array.from({ length: 65_536 }, (_, bits) => halfValue(bits));
}

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 31) return Number.NaN;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15));
}
