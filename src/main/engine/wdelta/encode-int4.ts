import type { Changes } from './changes.ts';
import { levelValue } from './decode.ts';
import { half } from './half.ts';
import { bitsOf, largest, type Pick } from './largest.ts';
import type { RecordWriter } from './record-writer.ts';
import { TensorError } from './tensor-error.ts';

const topLevel = 15;
/** A smaller range is taken for none. */
const leastRange = 1e-8;

/** The values that are no outliers: from where to where, and what a level is worth. */
interface Grid {
  readonly lowest: number;
  /** Highest minus lowest; 0 where all are taken for equal. */
  readonly range: number;
  readonly scale: number;
  readonly zeroPoint: number;
}

/**
 * Writes the largest changes as float16 with their places, and of all others one of 16 levels between the least and
 * the greatest. Where nothing is left beside the outliers (a tensor of one element), the grid is that of no change.
 */
export async function encodeInt4(
  writer: RecordWriter,
  changes: Changes,
  outliers: number,
): Promise<TensorError> {
  const { name } = changes;
  const picks = await largest(changes, outliers);
  await writer.array(name, 'outlier_idx', 'int64', outliers);
  const grid = await writePlaces(writer, changes, picks());
  await writer.array(name, 'outlier_vals', 'float16', outliers);
  const error = await writeOutliers(writer, changes, picks());
  for (const [field, value] of [
    ['scale', grid.scale],
    ['zero_point', grid.zeroPoint],
  ] as const) {
    await writer.array(name, field, 'float16', 1);
    if (!writer.hasRoom) await writer.flush();
    writer.putFloat16(value);
  }
  await writer.array(name, 'packed', 'uint8', Math.ceil((changes.count - outliers) / 2));
  await writeLevels(writer, changes, picks(), grid, error);
  return error;
}

async function writePlaces(writer: RecordWriter, changes: Changes, pick: Pick): Promise<Grid> {
  let lowest = Infinity;
  let highest = -Infinity;
  for await (const { first, values } of changes.blocks()) {
    const allBits = bitsOf(values);
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at] ?? 0;
      if (pick(allBits[at] ?? 0)) {
        if (!writer.hasRoom) await writer.flush();
        writer.putInt64(first + at);
      } else {
        if (value < lowest) lowest = value;
        if (value > highest) highest = value;
      }
    }
  }
  return gridBetween(lowest, highest, changes.name);
}

function gridBetween(lowest: number, highest: number, name: string): Grid {
  if (lowest > highest) return { lowest: 0, range: 0, scale: 1, zeroPoint: 0 };
  const range = highest - lowest;
  const zeroPoint = half(lowest, 'a value', name);
  if (range < leastRange) return { lowest, range: 0, scale: 1, zeroPoint };
  return { lowest, range, scale: half(range / topLevel, 'a step', name), zeroPoint };
}

async function writeOutliers(writer: RecordWriter, changes: Changes, pick: Pick): Promise<TensorError> {
  const error = new TensorError();
  for await (const { values } of changes.blocks()) {
    const allBits = bitsOf(values);
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at] ?? 0;
      if (!pick(allBits[at] ?? 0)) continue;
      if (!writer.hasRoom) await writer.flush();
      const rounded = half(value, 'an outlier', changes.name);
      writer.putFloat16(rounded);
      error.add(value, rounded);
    }
  }
  return error;
}

async function writeLevels(
  writer: RecordWriter,
  changes: Changes,
  pick: Pick,
  grid: Grid,
  error: TensorError,
): Promise<void> {
  const decoded = Float32Array.from({ length: topLevel + 1 }, (_, level) =>
    levelValue(level, grid.scale, grid.zeroPoint),
  );
  let high: number | undefined;
  for await (const { values } of changes.blocks()) {
    const allBits = bitsOf(values);
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at] ?? 0;
      if (pick(allBits[at] ?? 0)) continue;
      const level = levelOf(value, grid);
      error.add(value, decoded[level] ?? 0);
      if (high === undefined) {
        high = level;
        continue;
      }
      if (!writer.hasRoom) await writer.flush();
      writer.putUint8((high << 4) | level);
      high = undefined;
    }
  }
  if (!writer.hasRoom) await writer.flush();
  if (high !== undefined) writer.putUint8(high << 4);
}

/** In float32 step by step, as numpy computes it. */
function levelOf(value: number, { lowest, range }: Grid): number {
  if (range === 0) return 0;
  const share = Math.fround(Math.fround(value - lowest) / Math.fround(range));
  return Math.min(topLevel, Math.max(0, roundHalfEven(Math.fround(share * topLevel))));
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
