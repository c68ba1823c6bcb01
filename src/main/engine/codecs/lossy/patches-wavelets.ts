import { separable, type Separable } from './patches-matrix.ts';
import type { PatchSetting } from './patches-setting.ts';

// One step of a wavelet along one axis, as matrices: low band first, then high band. Coefficients of the filters: I.
// Daubechies, Ten Lectures on Wavelets (1992), tables 6.1 and 8.3; order and signs as PyWavelets has them.

interface Filters {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly lowBack: readonly number[];
  readonly highBack: readonly number[];
}

/** An orthonormal family by its low synthesis filter. */
function orthonormal(lowBack: readonly number[]): Filters {
  const low = lowBack.toReversed();
  const highBack = low.map((value, index) => (index % 2 === 0 ? value : -value));
  return { low, high: highBack.toReversed(), lowBack, highBack };
}

const ROOT_HALF = Math.sqrt(0.5);
const ROOT_3 = Math.sqrt(3);
const DB2 = [1 + ROOT_3, 3 + ROOT_3, 3 - ROOT_3, 1 - ROOT_3].map((value) => value / (4 * Math.SQRT2));
const DB4 = [
  0.23037781330885523, 0.7148465705525415, 0.6308807679295904, -0.02798376941698385, -0.18703481171888114,
  0.030841381835986965, 0.032883011666982945, -0.010597401784997278,
];
const BIOR_LOW = [
  0, 0.03782845550726404, -0.023849465019556843, -0.11062440441843718, 0.37740285561283066,
  0.8526986790088938, 0.37740285561283066, -0.11062440441843718, -0.023849465019556843, 0.03782845550726404,
];
const BIOR_BACK = [
  0, -0.06453888262893856, -0.04068941760955867, 0.41809227322161724, 0.7884856164056651, 0.41809227322161724,
  -0.04068941760955867, -0.06453888262893856, 0, 0,
];

const filters = {
  haar: orthonormal([ROOT_HALF, ROOT_HALF]),
  db2: orthonormal(DB2),
  db4: orthonormal(DB4),
  'bior4.4': {
    low: BIOR_LOW,
    high: BIOR_BACK.map((value, index) => (index % 2 === 0 ? -value : value)),
    lowBack: BIOR_BACK,
    highBack: BIOR_LOW.map((value, index) => (index % 2 === 0 ? value : -value)),
  },
} satisfies Record<string, Filters>;

/** A wavelet's name. */
export type Wavelet = Exclude<PatchSetting['transform'], 'dct'>;

/** Numbers of a band of the border mode "symmetric" for `size` numbers: with long filters more than half. */
function symmetricBand(size: number, taps: number): number {
  return Math.floor((size + taps - 1) / 2);
}

/** Mirrors a place at the borders of 0 .. size - 1, the border itself taken twice. */
function mirrored(place: number, size: number): number {
  const turn = ((place % (2 * size)) + 2 * size) % (2 * size);
  return turn < size ? turn : 2 * size - 1 - turn;
}

function zeroRows(rows: number, columns: number): Float64Array[] {
  return Array.from({ length: rows }, () => new Float64Array(columns));
}

function add(matrix: readonly Float64Array[], row: number, column: number, value: number): void {
  const target = matrix[row];
  if (target) target[column] = (target[column] ?? 0) + value;
}

/** The step that PyWavelets makes with the border mode "symmetric"; bands may be larger than half. */
export function symmetricStep(wavelet: Wavelet, size: number): Separable {
  const { low, high, lowBack, highBack } = filters[wavelet];
  const taps = low.length;
  const band = symmetricBand(size, taps);
  const forward = zeroRows(2 * band, size);
  const inverse = zeroRows(size, 2 * band);
  for (let row = 0; row < band; row += 1) {
    for (let tap = 0; tap < taps; tap += 1) {
      const place = mirrored(2 * row + 1 - tap, size);
      add(forward, row, place, low[tap] ?? 0);
      add(forward, band + row, place, high[tap] ?? 0);
      const back = 2 * row + tap - (taps - 2);
      add(inverse, back, row, lowBack[tap] ?? 0);
      add(inverse, back, band + row, highBack[tap] ?? 0);
    }
  }
  return separable(forward, inverse);
}

/** The step of a patch that is continued periodically: as many coefficients as numbers, and no error. */
export function periodicStep(wavelet: Wavelet, size: number): Separable {
  const { low, high, lowBack, highBack } = filters[wavelet];
  const taps = low.length;
  const band = size / 2;
  const forward = zeroRows(size, size);
  const inverse = zeroRows(size, size);
  const around = (place: number): number => ((place % size) + size) % size;
  for (let row = 0; row < band; row += 1) {
    for (let tap = 0; tap < taps; tap += 1) {
      const place = around(2 * row + 1 - tap);
      add(forward, row, place, low[tap] ?? 0);
      add(forward, band + row, place, high[tap] ?? 0);
      const back = around(2 * row + tap - (taps - 2));
      add(inverse, back, row, lowBack[tap] ?? 0);
      add(inverse, back, band + row, highBack[tap] ?? 0);
    }
  }
  return separable(forward, inverse);
}
