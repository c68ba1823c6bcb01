import { firstOf, placesOf } from './sketch-places.ts';
import type { TensorSketch } from './sketch.ts';

/** Elements that two sketches have in common, at the same places: row after row, as many columns each. */
export interface CommonSample {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/**
 * What two tensors have in common in their sketches: all of it where the shapes are the same, the rows that both have
 * where only the first dimensions differ.
 * @returns undefined when nothing compares
 */
export function commonSample(a: TensorSketch, b: TensorSketch): CommonSample | undefined {
  if (a.values.length === 0 || b.values.length === 0) return undefined;
  const [placesA, placesB] = [placesOf(a), placesOf(b)];
  if (placesA.columns !== placesB.columns) return undefined;
  if (placesA.rows === placesB.rows && a.rows === b.rows && a.columns === b.columns) {
    return { a: a.values, b: b.values, rows: a.rows, columns: a.columns };
  }
  const columns = Math.min(a.columns, b.columns);
  const placeInB = new Map(firstOf(placesB.rows, b.rows).map((row, place) => [row, place]));
  const pairs = firstOf(placesA.rows, a.rows).flatMap((row, place) => {
    const other = placeInB.get(row);
    return other === undefined ? [] : [[place, other] as const];
  });
  if (pairs.length === 0) return undefined;
  const common = {
    a: new Float32Array(pairs.length * columns),
    b: new Float32Array(pairs.length * columns),
    rows: pairs.length,
    columns,
  };
  for (const [index, [inA, inB]] of pairs.entries()) {
    common.a.set(a.values.subarray(inA * a.columns, inA * a.columns + columns), index * columns);
    common.b.set(b.values.subarray(inB * b.columns, inB * b.columns + columns), index * columns);
  }
  return common;
}
