import { readFileSync } from 'node:fs';
import { xxhash128 } from 'hash-wasm';
import type { Dtype } from '../../src/main/engine/dtypes.ts';
import type { ModelProfile, ModelSketch, TensorSketch } from '../../src/main/lineage/index.ts';

/** Elements taken from each tensor at most. */
const SAMPLES = 512;

interface HeaderEntry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** A sketch of a safetensors file. */
export async function sketchFile(path: string): Promise<ModelSketch> {
  const bytes = readFileSync(path);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<string, HeaderEntry>;
  const tensors: TensorSketch[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets: [start, end] } = entry;
    const data = bytes.subarray(8 + headerLength + start, 8 + headerLength + end);
    tensors.push({
      name,
      dtype,
      shape,
      length: data.length,
      digest: await xxhash128(data),
      values: sampled(data, dtype, shape),
    });
  }
  return { tensors, otherBytes: 8 + headerLength };
}

function sampled(data: Buffer, dtype: Dtype, shape: readonly number[]): Float32Array {
  const value = readerOf(data, dtype);
  if (!value) return new Float32Array();
  const count = shape.reduce((product, size) => product * size, 1);
  const taken = Math.min(SAMPLES, count);
  const step = count / taken;
  let state = 1;
  return Float32Array.from({ length: taken }, (_, index) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return value(Math.min(count - 1, Math.floor(index * step + (state / 2 ** 32) * step)));
  });
}

function readerOf(data: Buffer, dtype: Dtype): ((index: number) => number) | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const word = new DataView(new ArrayBuffer(4));
  if (dtype === 'F32') return (index) => view.getFloat32(index * 4, true);
  if (dtype === 'F16') return (index) => view.getFloat16(index * 2, true);
  if (dtype !== 'BF16') return undefined;
  return (index) => {
    word.setUint16(0, view.getUint16(index * 2, true));
    return word.getFloat32(0);
  };
}

/** A model that knows nothing of itself but its bytes. */
export function anonymous(id: number, sketch: ModelSketch): ModelProfile {
  return {
    id,
    name: `m${id}`,
    path: `/models/m${id}`,
    bytes: sketch.tensors.reduce((sum, { length }) => sum + length, sketch.otherBytes),
    mtimeNs: 1_700_000_000_000_000_000n,
    adapter: false,
    tensors: sketch.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    declared: { parents: [] },
    sketch,
  };
}
