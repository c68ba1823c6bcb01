import { CosineTransform } from './patches-cosines.ts';
import { mapTransposed, type Separable } from './patches-matrix.ts';
import { QUALITY_CLASSES, qualityClass, qualityTable } from './patches-quality-table.ts';
import type { PatchSetting } from './patches-setting.ts';
import { periodicStep, symmetricStep } from './patches-wavelets.ts';

// A patch as coefficients: the bands, one after another, each row by row. The first band is the lowest.

/** Coefficients of one kind. */
export interface Band {
  /** Number in the symbols' cells. */
  readonly index: number;
  /** First coefficient in the patch, and edge. */
  readonly offset: number;
  readonly side: number;
  /** Not coded: zeros for the reader. */
  readonly dropped: boolean;
  /** A detail of a wavelet: one bit, in every patch. */
  readonly detail: boolean;
  /** Steps of the quantiser, of which the coefficients are multiples; undefined where all are equal. */
  readonly table: Float64Array | undefined;
  /** Class of each step; as long as the table. */
  readonly classes: Uint8Array | undefined;
  readonly classCount: number;
}

/** Where the coefficients of a patch lie, and how to come there and back. */
export interface Layout {
  readonly patch: number;
  /** Coefficients of a patch, the dropped ones too. */
  readonly size: number;
  readonly bands: readonly Band[];
  /** Sums of squares are the same on both sides. */
  readonly orthonormal: boolean;
  /** A low band without bits is coded as its mean. */
  readonly means: boolean;
  forward(patch: Float64Array, coefficients: Float64Array): void;
  inverse(coefficients: Float64Array, patch: Float64Array): void;
}

function bandsOf(setting: PatchSetting, sides: readonly number[]): Band[] {
  const { quantiser, keep, patch } = setting;
  let offset = 0;
  return sides.map((side, index) => {
    const table = quantiser === 'jpeg' ? qualityTable(patch, side) : undefined;
    const detail = index > 0;
    const dropped = (keep === 'll_only' && detail) || (keep === 'll_lh_hl' && detail && index % 3 === 0);
    const classes = table && Uint8Array.from(table, qualityClass);
    const band = { index, offset, side, dropped, detail, table, classes };
    offset += side * side;
    return { ...band, classCount: table ? QUALITY_CLASSES : 1 };
  });
}

/** Bands of the steps of a wavelet, the coarsest first: low; then of each step rows, columns, both. */
function waveletLayout(setting: PatchSetting): Layout {
  const { transform, patch, levels, form, keep } = setting;
  if (transform === 'dct') throw new Error('a cosine transform is no wavelet');
  // Alone, the low band of a mirrored patch says more of it; with details, it would say the same twice.
  const mirrored = form === 'faithful' || keep === 'll_only';
  const steps: Separable[] = [];
  for (let size: number = patch; steps.length < levels; size = (steps.at(-1)?.forward.rows ?? 0) / 2) {
    steps.push(mirrored ? symmetricStep(transform, size) : periodicStep(transform, size));
  }
  const sides = steps.map(({ forward }) => forward.rows / 2).toReversed();
  const bands = bandsOf(setting, [sides[0] ?? 0, ...sides.flatMap((side) => [side, side, side])]);
  const size = bands.reduce((sum, { side }) => sum + side * side, 0);
  const whole = Math.max(patch, ...steps.map(({ forward }) => forward.rows));
  const scratch = new Float64Array(whole * whole);
  const quadrants = new Float64Array(whole * whole);
  const low = new Float64Array(whole * whole);

  /** Copies a band out of, or into, its quadrant. */
  const move = (
    band: Band,
    width: number,
    down: number,
    across: number,
    at: Float64Array,
    out: boolean,
  ): void => {
    for (let row = 0; row < band.side; row += 1) {
      const inner = (down + row) * width + across;
      const outer = band.offset + row * band.side;
      for (let place = 0; place < band.side; place += 1) {
        if (out) at[outer + place] = quadrants[inner + place] ?? 0;
        else quadrants[inner + place] = at[outer + place] ?? 0;
      }
    }
  };
  /** All quadrants of a step, the low one only where it is the last. */
  const moveStep = (level: number, coefficients: Float64Array, out: boolean): void => {
    const [lowest, ...details] = bands;
    const side = sides[levels - 1 - level] ?? 0;
    for (let kind = 1; kind < 4; kind += 1) {
      const band = details[(levels - 1 - level) * 3 + kind - 1];
      if (band) move(band, 2 * side, kind === 2 ? 0 : side, kind === 1 ? 0 : side, coefficients, out);
    }
    if (lowest && level === levels - 1) move(lowest, 2 * side, 0, 0, coefficients, out);
  };

  return {
    ...{ patch, size, bands, means: form === 'repaired' },
    orthonormal: transform === 'haar' || !(mirrored || transform === 'bior4.4'),
    forward(input, coefficients) {
      let source = input;
      for (const [level, { forward }] of steps.entries()) {
        mapTransposed(forward, source, forward.columns, scratch);
        mapTransposed(forward, scratch, forward.rows, quadrants);
        moveStep(level, coefficients, true);
        const side = forward.rows / 2;
        for (let row = 0; row < side; row += 1) {
          for (let place = 0; place < side; place += 1) {
            low[row * side + place] = quadrants[row * 2 * side + place] ?? 0;
          }
        }
        source = low;
      }
    },
    inverse(coefficients, target) {
      for (const [index, { inverse }] of steps.toReversed().entries()) {
        const level = levels - 1 - index;
        const side = inverse.columns / 2;
        moveStep(level, coefficients, false);
        if (index > 0) {
          for (let row = 0; row < side; row += 1) {
            for (let place = 0; place < side; place += 1) {
              quadrants[row * 2 * side + place] = low[row * side + place] ?? 0;
            }
          }
        }
        mapTransposed(inverse, quadrants, 2 * side, scratch);
        mapTransposed(inverse, scratch, inverse.rows, level === 0 ? target : low);
      }
    },
  };
}

function cosineLayout(setting: PatchSetting): Layout {
  const { patch } = setting;
  const transform = new CosineTransform(patch);
  const scratch = new Float64Array(patch * patch);
  return {
    ...{ patch, size: patch * patch, bands: bandsOf(setting, [patch]), orthonormal: true, means: false },
    forward(input, coefficients) {
      transform.forward(input, scratch);
      transform.forward(scratch, coefficients);
    },
    inverse(coefficients, target) {
      transform.inverse(coefficients, scratch);
      transform.inverse(scratch, target);
    },
  };
}

/** The layout of a setting. It has room of its own to work in: one thread at a time. */
export function layoutOf(setting: PatchSetting): Layout {
  return setting.transform === 'dct' ? cosineLayout(setting) : waveletLayout(setting);
}
