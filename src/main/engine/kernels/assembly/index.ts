// The compiled kernels: loops over elements in shared memory. Nothing here knows of files, chunks or deltas.
// An export checks nothing beyond what its comment says: the callers in codecs/ assert lengths and slots.
// May import: only files of this folder. No static data: all instances share one memory.
import { classifyAlone, reconstructAlone, symboliseAlone } from './alone';
import { classify } from './context';
import { BF16, F16 } from './grid';
import { addChange } from './levels';
import { merge, split } from './planes';
import { narrow, predict, widenAll } from './predict';
import { statistics } from './statistics';
import { reconstruct, symbolise } from './symbols';

export { classifyLevels, compareChange, quantiseLevels, reconstructLevels, subtractFloats } from './levels';
export { byteContexts, countBytes, findChanges, mergeXor16, splitXor16 } from './planes';
export { decodeSymbols, encodeSymbols } from './rans';

/** `statistics` on a grid: 0 BF16, 1 F16, 2 F32. */
export function statisticsGrid(grid: i32, child: usize, prediction: usize, count: usize, first: usize, columns: usize, rowSums: usize, columnSums: usize, unit: f32, result: usize): i32 {
  if (grid == BF16) statistics<u16>(child, prediction, count, first, columns, rowSums, columnSums, unit, result);
  else if (grid == F16) statistics<i16>(child, prediction, count, first, columns, rowSums, columnSums, unit, result);
  else statistics<f32>(child, prediction, count, first, columns, rowSums, columnSums, unit, result);
  return 0;
}

/** `classify` on a grid: 0 BF16, 1 F16, 2 F32. */
export function classifyGrid(grid: i32, prediction: usize, count: usize, first: usize, columns: usize, rowScales: usize, columnScales: usize, limit: i32, cells: usize): i32 {
  if (grid == BF16) classify<u16>(prediction, count, first, columns, rowScales, columnScales, limit, cells);
  else if (grid == F16) classify<i16>(prediction, count, first, columns, rowScales, columnScales, limit, cells);
  else classify<f32>(prediction, count, first, columns, rowScales, columnScales, limit, cells);
  return 0;
}

/** `symbolise` on a grid: 0 BF16, 1 F16, 2 F32. */
export function symboliseGrid(grid: i32, child: usize, prediction: usize, cells: usize, count: usize, first: usize, columns: usize, rowScales: usize, columnScales: usize, symbols: usize, raw: usize, histogram: usize): usize {
  if (grid == BF16) return symbolise<u16>(child, prediction, cells, count, first, columns, rowScales, columnScales, symbols, raw, histogram);
  if (grid == F16) return symbolise<i16>(child, prediction, cells, count, first, columns, rowScales, columnScales, symbols, raw, histogram);
  return symbolise<f32>(child, prediction, cells, count, first, columns, rowScales, columnScales, symbols, raw, histogram);
}

/** `reconstruct` on a grid: 0 BF16, 1 F16, 2 F32. */
export function reconstructGrid(grid: i32, prediction: usize, cells: usize, symbols: usize, count: usize, first: usize, columns: usize, rowScales: usize, columnScales: usize, raw: usize, rawBits: usize, child: usize): usize {
  if (grid == BF16) return reconstruct<u16>(prediction, cells, symbols, count, first, columns, rowScales, columnScales, raw, rawBits, child);
  if (grid == F16) return reconstruct<i16>(prediction, cells, symbols, count, first, columns, rowScales, columnScales, raw, rawBits, child);
  return reconstruct<f32>(prediction, cells, symbols, count, first, columns, rowScales, columnScales, raw, rawBits, child);
}

/** `classifyAlone`; the same for every grid. */
export function classifyAloneGrid(
  count: usize, first: usize, columns: usize, rowScales: usize, columnScales: usize, cells: usize,
): i32 {
  classifyAlone(count, first, columns, rowScales, columnScales, cells);
  return 0;
}

/** `symboliseAlone` on a grid: 0 BF16, 1 F16, 2 F32. */
export function symboliseAloneGrid(grid: i32, child: usize, cells: usize, count: usize, first: usize, columns: usize, rowScales: usize, columnScales: usize, symbols: usize, raw: usize, histogram: usize): usize {
  if (grid == BF16) return symboliseAlone<u16>(child, cells, count, first, columns, rowScales, columnScales, symbols, raw, histogram);
  if (grid == F16) return symboliseAlone<i16>(child, cells, count, first, columns, rowScales, columnScales, symbols, raw, histogram);
  return symboliseAlone<f32>(child, cells, count, first, columns, rowScales, columnScales, symbols, raw, histogram);
}

/** `reconstructAlone` on a grid: 0 BF16, 1 F16, 2 F32. */
export function reconstructAloneGrid(grid: i32, symbols: usize, count: usize, first: usize, columns: usize, rowScales: usize, columnScales: usize, raw: usize, rawBits: usize, child: usize): usize {
  if (grid == BF16) return reconstructAlone<u16>(symbols, count, first, columns, rowScales, columnScales, raw, rawBits, child);
  if (grid == F16) return reconstructAlone<i16>(symbols, count, first, columns, rowScales, columnScales, raw, rawBits, child);
  return reconstructAlone<f32>(symbols, count, first, columns, rowScales, columnScales, raw, rawBits, child);
}

// @ts-ignore: decorator
@inline
function predictFrom<S>(targetGrid: i32, source: usize, count: usize, alpha: f32, target: usize): void {
  if (targetGrid == BF16) predict<S, u16>(source, count, alpha, target);
  else if (targetGrid == F16) predict<S, i16>(source, count, alpha, target);
  else predict<S, f32>(source, count, alpha, target);
}

/** `predict` from one grid to another. */
export function predictGrid(
  sourceGrid: i32, targetGrid: i32, source: usize, count: usize, alpha: f32, target: usize,
): i32 {
  if (sourceGrid == BF16) predictFrom<u16>(targetGrid, source, count, alpha, target);
  else if (sourceGrid == F16) predictFrom<i16>(targetGrid, source, count, alpha, target);
  else predictFrom<f32>(targetGrid, source, count, alpha, target);
  return 0;
}

/** `narrow` from F32 to grid 0 or 1. */
export function narrowGrid(grid: i32, source: usize, count: usize, target: usize): i32 {
  return grid == BF16 ? narrow<u16>(source, count, target) : narrow<i16>(source, count, target);
}

/** `widenAll` from grid 0 or 1 to F32. */
export function widenGrid(grid: i32, source: usize, count: usize, target: usize): i32 {
  if (grid == BF16) widenAll<u16>(source, count, target);
  else widenAll<i16>(source, count, target);
  return 0;
}

/** `addChange` on a grid: 0 BF16, 1 F16, 2 F32. */
export function addChangeGrid(grid: i32, prediction: usize, change: usize, count: usize, target: usize): i32 {
  if (grid == BF16) addChange<u16>(prediction, change, count, target);
  else if (grid == F16) addChange<i16>(prediction, change, count, target);
  else addChange<f32>(prediction, change, count, target);
  return 0;
}

/** `split` by element width in bytes: 1, 2, 4 or 8. */
export function splitPlanes(width: i32, child: usize, parent: usize, count: usize, mode: i32, planes: usize): i32 {
  if (width == 1) split<u8>(child, parent, count, mode, planes);
  else if (width == 2) split<u16>(child, parent, count, mode, planes);
  else if (width == 4) split<u32>(child, parent, count, mode, planes);
  else split<u64>(child, parent, count, mode, planes);
  return 0;
}

/** `merge` by element width in bytes: 1, 2, 4 or 8. */
export function mergePlanes(width: i32, planes: usize, parent: usize, count: usize, mode: i32, child: usize): i32 {
  if (width == 1) merge<u8>(planes, parent, count, mode, child);
  else if (width == 2) merge<u16>(planes, parent, count, mode, child);
  else if (width == 4) merge<u32>(planes, parent, count, mode, child);
  else merge<u64>(planes, parent, count, mode, child);
  return 0;
}
