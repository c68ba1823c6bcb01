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
  readonly #rows: { row: number; child: Bits; parent: Bits }[] = [];

  /** @param limit elements to keep, about */
  constructor(grid: Grid, rows: number, columns: number, limit: number) {
    this.#grid = grid;
    this.#columns = columns;
    this.#stride = Math.max(1, Math.ceil((rows * columns) / limit));
  }

  /** Takes the rows that lie wholly in a chunk. */
  add(loaded: LoadedChunk, range: Range): void {
    if (!loaded.prediction) return;
    const columns = this.#columns;
    const first = Math.ceil(range.first / columns / this.#stride) * this.#stride;
    for (let row = first; (row + 1) * columns <= range.first + range.count; row += this.#stride) {
      const at = row * columns - range.first;
      const child = this.#bits(loaded.child, at);
      this.#rows.push({ row, child, parent: this.#bits(loaded.prediction, at) });
    }
  }

  /** About `limit` elements of what was kept, as numbers. */
  take(limit: number): Sample {
    const columns = this.#columns;
    const sorted = [...this.#rows].sort((a, b) => a.row - b.row);
    const skip = Math.max(1, Math.ceil((sorted.length * columns) / limit));
    const rows = sorted.filter((_, index) => index % skip === 0);
    const child = new Float32Array(rows.length * columns);
    const parent = new Float32Array(rows.length * columns);
    for (const [index, row] of rows.entries()) {
      toFloats(this.#grid, row.child, child.subarray(index * columns));
      toFloats(this.#grid, row.parent, parent.subarray(index * columns));
    }
    return { child, parent, columns };
  }

  #bits(slot: Slot, first: number): Bits {
    const columns = this.#columns;
    return this.#grid === 'F32' ? slot.u32(first * 4, columns).slice() : slot.u16(first * 2, columns).slice();
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
