import type { Changes } from './changes.ts';
import { bitsOf, largest } from './largest.ts';
import type { RecordWriter } from './record-writer.ts';
import { TensorError } from './tensor-error.ts';

/** Writes the largest changes of a tensor and their places; what is not kept is zero. */
export async function encodeSparse(
  writer: RecordWriter,
  changes: Changes,
  kept: number,
): Promise<TensorError> {
  const picks = await largest(changes, kept);
  await writer.array(changes.name, 'indices', 'int64', kept);
  let pick = picks();
  for await (const { first, values } of changes.blocks()) {
    const allBits = bitsOf(values);
    for (let at = 0; at < values.length; at += 1) {
      if (!pick(allBits[at] ?? 0)) continue;
      if (!writer.hasRoom) await writer.flush();
      writer.putInt64(first + at);
    }
  }
  await writer.array(changes.name, 'values', 'float32', kept);
  const error = new TensorError();
  pick = picks();
  for await (const { values } of changes.blocks()) {
    const allBits = bitsOf(values);
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at] ?? 0;
      const isKept = pick(allBits[at] ?? 0);
      error.add(value, isKept ? value : 0);
      if (!isKept) continue;
      if (!writer.hasRoom) await writer.flush();
      writer.putFloat32(value);
    }
  }
  return error;
}
