import type { Changes } from './changes.ts';
import { half } from './half.ts';
import type { RecordWriter } from './record-writer.ts';
import { TensorError } from './tensor-error.ts';

/**
 * Writes the sign of each change and the mean magnitude of each row. Method: BitDelta (2402.10193) with a scale for
 * each row. The mean is taken in double precision; numpy adds in float32, which may differ in the last bit of float16.
 */
export async function encodeQuantized(
  writer: RecordWriter,
  changes: Changes,
  rows: number,
): Promise<TensorError> {
  const { name } = changes;
  const columns = changes.count / rows;
  const scales = new Float32Array(rows);
  let sum = 0;
  let inRow = 0;
  let row = 0;
  for await (const { values } of changes.blocks()) {
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at] ?? 0;
      sum += Math.abs(value);
      inRow += 1;
      if (inRow < columns) continue;
      scales[row] = half(sum / columns, 'the mean of a row', name);
      row += 1;
      sum = 0;
      inRow = 0;
    }
  }
  await writer.array(name, 'scales', 'float16', rows);
  for (const scale of scales) {
    if (!writer.hasRoom) await writer.flush();
    writer.putFloat16(scale);
  }
  return writeSigns(writer, changes, scales);
}

async function writeSigns(
  writer: RecordWriter,
  changes: Changes,
  scales: Float32Array,
): Promise<TensorError> {
  const columns = changes.count / scales.length;
  const error = new TensorError();
  let byte = 0;
  let bits = 0;
  let inRow = 0;
  let row = 0;
  await writer.array(changes.name, 'packed_signs', 'uint8', Math.ceil(changes.count / 8));
  for await (const { values } of changes.blocks()) {
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at] ?? 0;
      if (inRow === columns) {
        inRow = 0;
        row += 1;
      }
      inRow += 1;
      const scale = scales[row] ?? 0;
      // No change is stored as plus.
      const isPlus = value >= 0;
      error.add(value, isPlus ? scale : -scale);
      byte = (byte << 1) | (isPlus ? 1 : 0);
      bits += 1;
      if (bits < 8) continue;
      if (!writer.hasRoom) await writer.flush();
      writer.putUint8(byte);
      byte = 0;
      bits = 0;
    }
  }
  if (!writer.hasRoom) await writer.flush();
  if (bits > 0) writer.putUint8(byte << (8 - bits));
  return error;
}
