import { bitsAt, gridOf, isFiniteBits, valueOf, type Grid } from './grid.ts';
import { placesOf, type Memory } from './memory.ts';

/** Value of any bit pattern; infinities are as NaN, since neither counts. */
function anyValue(grid: Grid, bits: number): number {
  return isFiniteBits(grid, bits) ? valueOf(grid, bits) : NaN;
}

/** Sums are float64 here and partly float32 in the kernel: they agree but for rounding and the range of float32. */
export function statistics(
  memory: Memory,
  grid: number,
  child: number,
  prediction: number,
  count: number,
  first: number,
  columns: number,
  rowSums: number,
  columnSums: number,
  unit: number,
  result: number,
): number {
  const view = new DataView(memory);
  const values = gridOf(grid);
  let changed = 0;
  let largest = 0;
  let differences = 0;
  let predictions = 0;
  for (const { index, row, column } of placesOf(count, first, columns)) {
    const childBits = bitsAt(memory, values, child, index);
    let difference = anyValue(values, childBits);
    if (prediction !== 0) {
      const parentBits = bitsAt(memory, values, prediction, index);
      const predicted = anyValue(values, parentBits);
      difference = Math.fround(difference - predicted);
      if (Number.isFinite(predicted)) predictions += Math.fround(predicted * unit) ** 2;
      if (childBits !== parentBits) changed += 1;
    }
    if (!Number.isFinite(difference)) continue;
    const square = Math.fround(difference * unit) ** 2;
    largest = Math.max(largest, Math.abs(difference));
    differences += square;
    const rowSum = rowSums + row * 8;
    view.setFloat64(rowSum, view.getFloat64(rowSum, true) + square, true);
    if (columnSums === 0) continue;
    const columnSum = columnSums + column * 4;
    view.setFloat32(columnSum, view.getFloat32(columnSum, true) + square, true);
  }
  for (const [place, figure] of [changed, largest, differences, predictions].entries()) {
    view.setFloat64(result + place * 8, figure, true);
  }
  return 0;
}
