import { readFileSync } from 'node:fs';
import { sketchModel, type ModelProfile, type ModelSketch } from '../../src/main/lineage/index.ts';
import { modelOf } from '../fixtures/engine-delta.ts';

/** The time of every file whose time tells nothing, nanoseconds since 1970. */
export const sameTime = 1_700_000_000_000_000_000n;

/** The sketch of a weight file. */
export async function sketchFile(path: string): Promise<ModelSketch> {
  return await sketchModel(await modelOf({ 'model.safetensors': readFileSync(path) }));
}

/** A model of which nothing is known but its bytes. */
export function anonymous(id: number, sketch: ModelSketch): ModelProfile {
  return {
    id,
    name: `m${id}`,
    path: `/models/m${id}`,
    bytes: sketch.tensors.reduce((sum, { length }) => sum + length, sketch.otherBytes),
    mtimeNs: sameTime,
    adapter: false,
    tensors: sketch.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    declared: { parents: [] },
    sketch,
  };
}
