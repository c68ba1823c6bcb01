import { arrayTypes, typeOfField } from './layout.ts';
import { placesPerMark, readPlace } from './places.ts';
import type { WdeltaFile, WdeltaTensor } from './reader.ts';

/** Levels of a value of `int4`, above the lowest. */
const topLevel = 15;

/** Elements of a tensor, in C order. */
export interface ElementRange {
  readonly first: number;
  readonly count: number;
}

/**
 * Decodes the delta of a range of elements, bit for bit as deltatensors does: every step is rounded to float32 as
 * numpy rounds it. Reads only what the range needs, and up to 4096 indices before it. Memory: the range, a few times.
 */
export async function decodeDelta(
  file: WdeltaFile,
  tensor: WdeltaTensor,
  range: ElementRange,
): Promise<Float32Array<ArrayBuffer>> {
  const values = new Float32Array(range.count);
  if (range.count === 0) return values;
  switch (tensor.strategy) {
    case 'sparse': {
      const kept = await placesIn(file, tensor, 'indices', range);
      const view = await readArray(file, tensor, 'values', kept.rank, kept.places.length);
      for (const [at, place] of kept.places.entries()) {
        values[place - range.first] = view.getFloat32(at * arrayTypes.float32, true);
      }
      return values;
    }
    case 'quantized':
      await decodeSigns(file, tensor, range, values);
      return values;
    case 'int4':
      await decodeLevels(file, tensor, range, values);
      return values;
  }
}

async function decodeSigns(
  file: WdeltaFile,
  tensor: WdeltaTensor,
  { first, count }: ElementRange,
  values: Float32Array,
): Promise<void> {
  const columns = tensor.count / tensor.rows;
  const firstRow = Math.floor(first / columns);
  const endRow = Math.floor((first + count - 1) / columns) + 1;
  const scales = await readArray(file, tensor, 'scales', firstRow, endRow - firstRow);
  const firstByte = Math.floor(first / 8);
  const signs = await readArray(
    file,
    tensor,
    'packed_signs',
    firstByte,
    Math.floor((first + count - 1) / 8) + 1 - firstByte,
  );
  let bit = first - firstByte * 8;
  let at = 0;
  for (let row = firstRow; row < endRow; row += 1) {
    const scale = scales.getFloat16((row - firstRow) * arrayTypes.float16, true);
    const end = Math.min(count, (row + 1) * columns - first);
    // The most significant bit of a byte is its first; 1 is plus.
    for (; at < end; at += 1, bit += 1) {
      values[at] = ((signs.getUint8(bit >>> 3) >>> (7 - (bit & 7))) & 1) === 1 ? scale : -scale;
    }
  }
}

async function decodeLevels(
  file: WdeltaFile,
  tensor: WdeltaTensor,
  { first, count }: ElementRange,
  values: Float32Array,
): Promise<void> {
  const { rank, places } = await placesIn(file, tensor, 'outlier_idx', { first, count });
  const outliers = await readArray(file, tensor, 'outlier_vals', rank, places.length);
  const levels = await levelsOf(file, tensor);
  // The other values follow each other with the outliers taken out, two to a byte, the first in the high half.
  const firstLevel = first - rank;
  const levelCount = count - places.length;
  const firstByte = Math.floor(firstLevel / 2);
  const packed = await readArray(
    file,
    tensor,
    'packed',
    firstByte,
    Math.ceil((firstLevel + levelCount) / 2) - firstByte,
  );
  let half = firstLevel - firstByte * 2;
  let at = 0;
  for (let number = 0; number <= places.length; number += 1) {
    const end = (places[number] ?? first + count) - first;
    for (; at < end; at += 1, half += 1) {
      const byte = packed.getUint8(half >>> 1);
      values[at] = levels[(half & 1) === 0 ? byte >>> 4 : byte & 0x0f] ?? 0;
    }
    if (number < places.length) values[at] = outliers.getFloat16(number * arrayTypes.float16, true);
    at += 1;
  }
}

/**
 * The 16 values of a tensor: q / 15 * (scale * 15) + zero point. The bracket is a double that numpy rounds to float32
 * when it meets the array, as is the zero point.
 */
async function levelsOf(file: WdeltaFile, tensor: WdeltaTensor): Promise<Float32Array> {
  const scale = (await readArray(file, tensor, 'scale', 0, 1)).getFloat16(0, true);
  const zeroPoint = (await readArray(file, tensor, 'zero_point', 0, 1)).getFloat16(0, true);
  return Float32Array.from({ length: topLevel + 1 }, (_, level) => levelValue(level, scale, zeroPoint));
}

/** What a level of `int4` is decoded to. */
export function levelValue(level: number, scale: number, zeroPoint: number): number {
  const share = Math.fround(level / topLevel);
  return Math.fround(Math.fround(share * Math.fround(scale * topLevel)) + zeroPoint);
}

/** The places of an array that fall into a range of elements, and how many of its places lie before. */
async function placesIn(
  file: WdeltaFile,
  tensor: WdeltaTensor,
  field: string,
  { first, count }: ElementRange,
): Promise<{ readonly rank: number; readonly places: readonly number[] }> {
  const total = tensor.arrays.get(field)?.count ?? 0;
  const places: number[] = [];
  const start = Math.max(0, marksUpTo(tensor.marks, first) - 1) * placesPerMark;
  let rank = start;
  for (let at = start; at < total; at += placesPerMark) {
    const block = Math.min(placesPerMark, total - at);
    const view = await readArray(file, tensor, field, at, block);
    for (let number = 0; number < block; number += 1) {
      const place = readPlace(view, number * arrayTypes.int64);
      if (place < first) rank = at + number + 1;
      else if (place < first + count) places.push(place);
      else return { rank, places };
    }
  }
  return { rank, places };
}

/** How many of the marks are at most `place`. */
function marksUpTo(marks: Float64Array, place: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle] ?? Infinity) <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Some elements of an array, as they are in the file. */
async function readArray(
  { bytes }: WdeltaFile,
  { arrays, strategy }: WdeltaTensor,
  field: string,
  first: number,
  count: number,
): Promise<DataView> {
  const place = arrays.get(field);
  const type = typeOfField(strategy, field);
  if (!place || !type || first + count > place.count) {
    throw new Error('a range lies within the arrays of its tensor');
  }
  const width = arrayTypes[type];
  const part = new Uint8Array(count * width);
  if (count > 0) await bytes.read(place.offset + first * width, part);
  return new DataView(part.buffer);
}
