import {
  dct,
  decodePatches,
  dwt,
  type LossyTensor,
  type ReadRows,
} from '../../../../src/main/engine/codecs/lossy/index.ts';
import type { Pool } from '../../../../src/main/engine/pool/index.ts';

/** A tensor of changes in memory. */
export interface Changes {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/** What a codec made of a tensor. */
export interface CodedChanges {
  readonly decoded: Float32Array;
  readonly bytes: number;
}

/** Options of both codecs, as a person writes them; `codec` is `dct` or `dwt`. */
export type PatchOptions = Readonly<Record<string, string>> & { readonly codec: string };

function planOf(pool: Pool, tensors: readonly LossyTensor[], { codec, ...options }: PatchOptions) {
  return codec === 'dct'
    ? dct.plan({ pool, tensors, options: dct.options.parse(options) })
    : dwt.plan({ pool, tensors, options: dwt.options.parse(options) });
}

/** Rows of a tensor in the memory of a pool. */
export function rowsOf(pool: Pool, { columns, data }: Changes, first: number, count: number): ReadRows {
  const slot = pool.memory.allocate(Math.max(16, count * columns * 4));
  slot.f32(0, count * columns).set(data.subarray(first * columns, (first + count) * columns));
  return { delta: slot, prediction: slot, free: () => slot.free() };
}

/** A tensor that counts how often its rows are read. */
export function tensorOf(pool: Pool, changes: Changes, reads: number[] = []): LossyTensor {
  const { rows, columns } = changes;
  return {
    ...{ name: 'weight', rows, columns, bits: 16 },
    async read(first, count) {
      for (let row = first; row < first + count; row += 1) reads[row] = (reads[row] ?? 0) + 1;
      return rowsOf(pool, changes, first, count);
    },
  };
}

/** Payloads of a tensor in chunks of about so many rows; undefined where it is left to be coded exactly. */
export async function payloadsOf(
  pool: Pool,
  changes: Changes,
  options: PatchOptions,
  chunkRows = changes.rows,
): Promise<{ first: number; count: number; payload: Uint8Array }[] | undefined> {
  const coder = await (await planOf(pool, [tensorOf(pool, changes)], options)).coder(0);
  if (!coder) return undefined;
  const step = Math.max(1, Math.ceil(chunkRows / coder.rowMultiple)) * coder.rowMultiple;
  const payloads = [];
  for (let first = 0; first < changes.rows; first += step) {
    const count = Math.min(step, changes.rows - first);
    const read = rowsOf(pool, changes, first, count);
    payloads.push({ first, count, payload: await coder.encode(first, count, read) });
    read.free();
  }
  return payloads;
}

/** Codes a tensor and decodes it again. */
export async function codedChanges(
  pool: Pool,
  changes: Changes,
  options: PatchOptions,
  chunkRows?: number,
): Promise<CodedChanges> {
  const { rows, columns } = changes;
  const payloads = await payloadsOf(pool, changes, options, chunkRows);
  if (!payloads) throw new Error('the tensor is coded exactly');
  const decoded = new Float32Array(rows * columns);
  let bytes = 0;
  for (const { first, count, payload } of payloads) {
    const part = await decodePatches(pool, { rows, columns, first, count, payload });
    if (part?.length !== count * columns) throw new Error('a payload just written is read');
    decoded.set(part, first * columns);
    bytes += payload.length;
  }
  return { decoded, bytes };
}

/** Cosine of two tensors, and slope of the second along the first. */
export function alike(changes: Float32Array, decoded: Float32Array): { cosine: number; slope: number } {
  let product = 0;
  let energy = 0;
  let square = 0;
  for (const [index, value] of changes.entries()) {
    const other = decoded[index] ?? 0;
    product += value * other;
    energy += value * value;
    square += other * other;
  }
  return { cosine: product / Math.sqrt(energy * square), slope: product / energy };
}
