import type { Pool } from '../../pool/index.ts';
import { halfValue } from './half-floats.ts';
import type { CodedRows } from './lossy-codec.ts';
import { MOST_ELEMENTS } from './scalars-form.ts';
import { unpackWords } from './scalars-words.ts';
import { SectionReader } from './section-reader.ts';

/** Most multiplications of a chunk: a few bytes cannot keep a machine busy for hours. */
const MOST_PRODUCTS = 2 ** 35;

/**
 * Decodes a payload of method `factors`.
 * @returns the change of the rows, row by row; undefined when the payload is damaged
 */
export async function decodeFactors(pool: Pool, rows: CodedRows): Promise<Float32Array | undefined> {
  const { count, columns } = rows;
  const reader = new SectionReader(rows.payload);
  const rank = reader.u16();
  const elements = count * columns;
  const sized = rank >= 1 && rank <= Math.min(rows.rows, columns) && elements <= MOST_ELEMENTS;
  if (!sized || elements * rank > MOST_PRODUCTS || rank * (count + columns) > MOST_ELEMENTS) return undefined;
  const scales = Float32Array.from({ length: rank }, () => reader.f32());
  if (!reader.sound || !scales.every(Number.isFinite)) return undefined;
  const left = await unpackWords(pool, 'F16', reader.section(), rank * count);
  const right = await unpackWords(pool, 'F16', reader.section(), rank * columns);
  if (!left || !right || !reader.atEnd) return undefined;
  const values = new Float32Array(elements);
  for (const [component, scale] of scales.entries()) {
    const across = Float32Array.from(
      right.subarray(component * columns, (component + 1) * columns),
      halfValue,
    );
    for (let row = 0; row < count; row += 1) {
      const scaled = Math.fround(halfValue(left[component * count + row] ?? 0) * scale);
      addProducts(values.subarray(row * columns, (row + 1) * columns), scaled, across);
    }
  }
  return values.every(Number.isFinite) ? values : undefined;
}

/** One component: a product rounded to float32, then a sum rounded to float32, per element. */
function addProducts(row: Float32Array, scaled: number, across: Float32Array): void {
  for (let column = 0; column < row.length; column += 1) {
    row[column] = Math.fround((row[column] ?? 0) + Math.fround(scaled * (across[column] ?? 0)));
  }
}
