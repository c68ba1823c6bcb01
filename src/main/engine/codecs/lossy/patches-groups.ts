import { bandBits, bandLevels, levelCell, type PatchChunk } from './patches-chunk.ts';
import type { Band } from './patches-layout.ts';
import { deadZoneFor, rateSample, type DeadZone } from './patches-rate.ts';

// Coefficients that share a step: those of one band with one number of bits. The step follows from what the published
// form would spend on them, levels and ranges.

/** Coefficients of a band with so many bits; with 0 bits, means. */
export interface LevelGroup {
  readonly band: Band;
  readonly bits: number;
  /** Their first cell, which names the group, and all of them: one for each class of the table. */
  readonly cell: number;
  readonly cells: readonly number[];
}

/** The groups of a chunk: the low band by bits, then the details. */
export function groupsOf({ layout, bits }: PatchChunk): LevelGroup[] {
  const widths = [...new Set(bits)].sort((a, b) => a - b);
  return layout.bands.flatMap((band) => {
    const own = (band.detail ? [1] : widths).filter((width) => bandLevels(layout, band, width) > 0);
    return own.map((width) => {
      const count = width === 0 ? 1 : band.classCount;
      const cells = Array.from({ length: count }, (_, quality) => levelCell(band, width, quality));
      return { band, bits: width, cell: levelCell(band, width, 0), cells };
    });
  });
}

/** Coefficients at which a group's sample stops. */
const SAMPLE = 8192;
/** What is taken over of the bits of the published form's ranges. */
const RANGE_BITS = 26;
/** What a group's step, means and longer table take, in bits. */
const GROUP_BITS = 64;
/** Bits of a mean; the published form takes about 16. */
const MEAN_BITS = 3;
/** Fewer are not asked for: few coefficients that differ from all others would be lost. */
const LEAST_BITS = 0.25;

/** Quantisers of the groups, by their cells. */
export function groupSteps(
  chunk: PatchChunk,
  coefficients: Float32Array,
  groups: readonly LevelGroup[],
): Map<number, DeadZone> {
  return new Map(groups.map((group) => [group.cell, groupStep(chunk, coefficients, group)]));
}

function groupStep(chunk: PatchChunk, coefficients: Float32Array, group: LevelGroup): DeadZone {
  const { layout, bits } = chunk;
  const { band } = group;
  if (group.bits === 0) return meanStep(chunk, coefficients, band);
  const size = band.side * band.side;
  const patches = Array.from(bits.keys()).filter((index) => bandBits(band, bits[index] ?? 0) === group.bits);
  const stride = Math.max(1, Math.floor((patches.length * size) / SAMPLE));
  const sampled = patches.filter((_, index) => index % stride === 0);
  const levels = 2 ** group.bits;
  const counts = new Float64Array(band.classCount * levels);
  const classes = Array.from({ length: band.classCount }, (): number[] => []);
  const scaled = new Float64Array(size);
  for (const index of sampled) {
    let least = Infinity;
    let most = -Infinity;
    for (let at = 0; at < size; at += 1) {
      const value = (coefficients[index * layout.size + band.offset + at] ?? 0) / (band.table?.[at] ?? 1);
      scaled[at] = value;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    const scale = most > least ? (levels - 1) / (most - least) : 0;
    for (let at = 0; at < size; at += 1) {
      const value = scaled[at] ?? 0;
      const quality = band.classes?.[at] ?? 0;
      const place = quality * levels + Math.round((value - least) * scale);
      counts[place] = (counts[place] ?? 0) + 1;
      classes[quality]?.push(value);
    }
  }
  const published = entropy(counts, levels) + RANGE_BITS / size - GROUP_BITS / (patches.length * size);
  const sample = classes.map((values, quality) => ({
    values: Float64Array.from(values),
    weight: classWeight(band, quality),
  }));
  return deadZoneFor(rateSample(sample), Math.max(LEAST_BITS, published));
}

/** Square of the mean step of a class. */
function classWeight(band: Band, quality: number): number {
  const steps = band.table?.filter((_, at) => band.classes?.[at] === quality);
  if (!steps || steps.length === 0) return 1;
  return (steps.reduce((sum, step) => sum + step, 0) / steps.length) ** 2;
}

/** Bits per symbol, each class with a table of its own. */
function entropy(counts: Float64Array, levels: number): number {
  let bits = 0;
  let total = 0;
  for (let base = 0; base < counts.length; base += levels) {
    const row = counts.subarray(base, base + levels);
    const sum = row.reduce((a, b) => a + b, 0);
    for (const count of row) if (count > 0) bits -= count * Math.log2(count / sum);
    total += sum;
  }
  return total > 0 ? bits / total : 0;
}

/** Mean of a band, times its edge: the coefficient of a constant of unit energy. */
export function bandMean(coefficients: Float32Array, first: number, side: number): number {
  let sum = 0;
  for (let index = first; index < first + side * side; index += 1) sum += coefficients[index] ?? 0;
  return sum / side;
}

function meanStep({ layout, bits }: PatchChunk, coefficients: Float32Array, band: Band): DeadZone {
  const { offset, side } = band;
  const patches = Array.from(bits.keys()).filter((index) => bits[index] === 0);
  const stride = Math.max(1, Math.floor(patches.length / SAMPLE));
  const values = patches
    .filter((_, index) => index % stride === 0)
    .map((index) => bandMean(coefficients, index * layout.size + offset, side));
  return deadZoneFor(rateSample([{ values: Float64Array.from(values), weight: 1 }]), MEAN_BITS);
}
