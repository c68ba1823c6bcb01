// The cosine transform of a patch. Cosines without Math.cos, whose last digits are the engine's own affair: half angles
// by square roots, the angles between by addition. Square root, sum and quotient are exact to the last bit everywhere
// (IEEE 754). Even and odd orders are mirror images of themselves: each takes half the products.

/** cos(pi k / (2 size)) for k = 0 .. size; `size` is a power of two. */
function quarterWave(size: number): Float64Array {
  const wave = new Float64Array(size + 1);
  wave[0] = 1;
  let half = 0;
  for (let step = size; step > 1; step /= 2) {
    half = Math.sqrt((1 + half) / 2);
    for (let middle = step / 2; middle < size; middle += step) {
      const neighbours = (wave[middle - step / 2] ?? 0) + (wave[middle + step / 2] ?? 0);
      wave[middle] = neighbours / (2 * half);
    }
  }
  return wave;
}

/** Products with even and with odd orders, `half` rows of `half` numbers each. */
interface HalfMatrices {
  readonly even: Float64Array;
  readonly odd: Float64Array;
}

/** The orthonormal DCT-II along one axis; each pass gives its result transposed, so that two are the map of a patch. */
export class CosineTransform {
  readonly #size: number;
  readonly #forward: HalfMatrices;
  readonly #inverse: HalfMatrices;
  readonly #even: Float64Array;
  readonly #odd: Float64Array;

  constructor(size: number) {
    const half = size / 2;
    const wave = quarterWave(size);
    const entry = (order: number, place: number): number => {
      const turn = ((2 * place + 1) * order) % (4 * size);
      const mirrored = turn > 2 * size ? 4 * size - turn : turn;
      const cosine = mirrored > size ? -(wave[2 * size - mirrored] ?? 0) : (wave[mirrored] ?? 0);
      return Math.sqrt((order === 0 ? 1 : 2) / size) * cosine;
    };
    const halfMatrix = (value: (row: number, column: number) => number): Float64Array =>
      Float64Array.from({ length: half * half }, (_, at) => value(Math.floor(at / half), at % half));
    this.#size = size;
    this.#forward = {
      even: halfMatrix((row, column) => entry(2 * row, column)),
      odd: halfMatrix((row, column) => entry(2 * row + 1, column)),
    };
    this.#inverse = {
      even: halfMatrix((row, column) => entry(2 * column, row)),
      odd: halfMatrix((row, column) => entry(2 * column + 1, row)),
    };
    this.#even = new Float64Array(half);
    this.#odd = new Float64Array(half);
  }

  /** Numbers of each column of `input` to orders in each row of `target`. */
  forward(input: Float64Array, target: Float64Array): void {
    const size = this.#size;
    const half = size / 2;
    const even = this.#even;
    const odd = this.#odd;
    for (let across = 0; across < size; across += 1) {
      for (let place = 0; place < half; place += 1) {
        const value = input[place * size + across] ?? 0;
        const mirror = input[(size - 1 - place) * size + across] ?? 0;
        even[place] = value + mirror;
        odd[place] = value - mirror;
      }
      this.#multiply(this.#forward, target, across * size, false);
    }
  }

  /** Orders of each column of `input` to numbers in each row of `target`. */
  inverse(input: Float64Array, target: Float64Array): void {
    const size = this.#size;
    const half = size / 2;
    const even = this.#even;
    const odd = this.#odd;
    for (let across = 0; across < size; across += 1) {
      for (let order = 0; order < half; order += 1) {
        even[order] = input[2 * order * size + across] ?? 0;
        odd[order] = input[(2 * order + 1) * size + across] ?? 0;
      }
      this.#multiply(this.#inverse, target, across * size, true);
    }
  }

  /** Two rows of both matrices at a time; every sum runs from its first product to its last. */
  #multiply(matrices: HalfMatrices, target: Float64Array, base: number, mirrored: boolean): void {
    const size = this.#size;
    const half = size / 2;
    const { even, odd } = matrices;
    const evens = this.#even;
    const odds = this.#odd;
    for (let row = 0; row < half; row += 2) {
      const first = row * half;
      const second = first + half;
      let evenFirst = 0;
      let oddFirst = 0;
      let evenSecond = 0;
      let oddSecond = 0;
      for (let place = 0; place < half; place += 1) {
        const one = evens[place] ?? 0;
        const other = odds[place] ?? 0;
        evenFirst += (even[first + place] ?? 0) * one;
        oddFirst += (odd[first + place] ?? 0) * other;
        evenSecond += (even[second + place] ?? 0) * one;
        oddSecond += (odd[second + place] ?? 0) * other;
      }
      if (mirrored) {
        target[base + row] = evenFirst + oddFirst;
        target[base + row + 1] = evenSecond + oddSecond;
        target[base + size - 1 - row] = evenFirst - oddFirst;
        target[base + size - 2 - row] = evenSecond - oddSecond;
      } else {
        target[base + 2 * row] = evenFirst;
        target[base + 2 * row + 1] = oddFirst;
        target[base + 2 * row + 2] = evenSecond;
        target[base + 2 * row + 3] = oddSecond;
      }
    }
  }
}
