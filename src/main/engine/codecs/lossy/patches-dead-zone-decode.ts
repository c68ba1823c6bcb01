import { AdaptiveBitReader } from '../adaptive-bits.ts';
import type { FieldReader } from './patches-bytes.ts';
import {
  bandBits,
  bandLevels,
  fillCells,
  levelCell,
  levelCount,
  putPatch,
  type PatchChunk,
} from './patches-chunk.ts';
import { groupsOf, type LevelGroup } from './patches-groups.ts';
import { CELL_ROOM, LEVEL_MEANS } from './patches-level-means.ts';

// Levels of the repaired form back to numbers.

/** Largest magnitude with a symbol of its own; 0, 1, -1, 2, -2, ... are 0, 1, 2, 3, 4, ... */
export const MOST_LEVEL = 38;
/** A level beyond: its magnitude and sign stand beside the symbols. */
export const ESCAPE = 2 * MOST_LEVEL + 1;
export const SIGN = 64;
export const ESCAPE_CONTEXTS = 65;

/** A mean has no place in the table. */
export const unweighted = { table: undefined, classes: undefined };

/** Levels of a cell that does not occur. */
const NO_LEVELS = new Float64Array(ESCAPE);

/** What stands before the symbols of a chunk, and the cells of its symbols. */
export interface DeadZoneFields {
  readonly groups: readonly LevelGroup[];
  /** Step of each group. */
  readonly steps: readonly number[];
  /** By cell, how far means are from their levels. */
  readonly means: ReadonlyMap<number, Int8Array>;
  readonly escapes: Uint8Array;
  readonly cells: Uint16Array;
}

/** Largest step that is read: no product of it leaves float32. */
const MOST_STEP = 2 ** 70;

/** Reads what is before the symbols; undefined when it is damaged. */
export function readDeadZone(chunk: PatchChunk, source: FieldReader): DeadZoneFields | undefined {
  const groups = groupsOf(chunk);
  const means = new Map<number, Int8Array>();
  const steps = groups.map((group) => {
    const step = source.f32();
    for (const cell of group.cells) means.set(cell, Int8Array.from(source.bytes(LEVEL_MEANS)));
    return step;
  });
  const escapes = source.bytes(source.variable());
  const sound = steps.every((step) => step >= 0 && step <= MOST_STEP);
  if (source.broken || !sound) return undefined;
  const cells = new Uint16Array(levelCount(chunk));
  fillCells(chunk, cells, 0);
  return { groups, steps, means, escapes, cells };
}

/** Value of each symbol of each cell, before the table. */
function levelValues({ groups, steps, means }: DeadZoneFields): Float64Array[] {
  const values = new Array<Float64Array>(CELL_ROOM).fill(NO_LEVELS);
  for (const [index, group] of groups.entries()) {
    for (const cell of group.cells) {
      const shifts = means.get(cell);
      values[cell] = Float64Array.from({ length: ESCAPE }, (_, symbol) =>
        levelValue(symbol % 2 === 0 ? -symbol / 2 : (symbol + 1) / 2, steps[index] ?? 0, shifts),
      );
    }
  }
  return values;
}

/** A level's value: its mean. */
function levelValue(level: number, step: number, shifts: Int8Array | undefined): number {
  if (level === 0) return 0;
  const magnitude = Math.abs(level);
  const value = step * (magnitude + (shifts?.[Math.min(magnitude, LEVEL_MEANS) - 1] ?? 0) / 128);
  return level < 0 ? -value : value;
}

/** The numbers of a chunk; undefined when a symbol is none that the writer makes. */
export function decodeDeadZone(
  chunk: PatchChunk,
  fields: DeadZoneFields,
  symbols: Uint8Array,
): Float32Array | undefined {
  const { layout, bits, rows, columns } = chunk;
  const table = levelValues(fields);
  const escapes = new AdaptiveBitReader(ESCAPE_CONTEXTS, fields.escapes);
  const target = new Float32Array(rows * columns);
  const coefficients = new Float64Array(layout.size);
  const values = new Float64Array(layout.patch * layout.patch);
  const stepOf = new Map(
    fields.groups.flatMap(({ cells }, index) => cells.map((cell) => [cell, fields.steps[index] ?? 0])),
  );
  let place = 0;
  for (let index = 0; index < bits.length; index += 1) {
    const begin = place;
    for (const band of layout.bands) {
      const width = bandBits(band, bits[index] ?? 0);
      const size = bandLevels(layout, band, width);
      if (size === 0) {
        coefficients.fill(0, band.offset, band.offset + band.side * band.side);
        continue;
      }
      const cell = levelCell(band, width, 0);
      const plain = table[cell] ?? NO_LEVELS;
      const { classes, table: weights } = width === 0 ? unweighted : band;
      for (let at = 0; at < size; at += 1) {
        const symbol = symbols[place + at] ?? 0;
        const own = classes ? cell + ((classes[at] ?? 0) << 4) : cell;
        let value = 0;
        if (symbol < ESCAPE) {
          value = ((classes ? table[own] : plain) ?? NO_LEVELS)[symbol] ?? 0;
        } else if (symbol === ESCAPE) {
          const magnitude = escapes.exponential(0) + MOST_LEVEL + 1;
          const level = escapes.bit(SIGN) === 1 ? -magnitude : magnitude;
          value = levelValue(level, stepOf.get(own) ?? 0, fields.means.get(own));
        } else {
          return undefined;
        }
        coefficients[band.offset + at] = weights ? value * (weights[at] ?? 1) : value;
      }
      if (width === 0) {
        const mean = (coefficients[band.offset] ?? 0) / band.side;
        coefficients.fill(mean, band.offset, band.offset + band.side * band.side);
      }
      place += size;
    }
    if (place === begin) continue;
    layout.inverse(coefficients, values);
    putPatch(chunk, index, values, target);
  }
  return target;
}
