import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ModelSource } from '../../src/main/engine/sources/index.ts';
import { sketchModel, type ModelSketch } from '../../src/main/lineage/index.ts';
import { weights } from '../bench/pairs.ts';
import { modelOf, type ModelFiles } from '../fixtures/engine-delta.ts';
import { floatBytes, onGrid, type FloatType } from '../fixtures/random-models.ts';
import { buildSafetensors } from '../fixtures/safetensors-file.ts';

/** A model that is open, with its sketch. */
export interface Sketched {
  readonly name: string;
  readonly source: ModelSource;
  readonly sketch: ModelSketch;
}

export async function sketched(files: ModelFiles, name = 'model'): Promise<Sketched> {
  const source = await modelOf(files, name);
  return { name, source, sketch: await sketchModel(source) };
}

const library = fileURLToPath(new URL('../../resources/sample-library/', import.meta.url));

/** A model of the sample library with all of its files. */
export function sampleModel(name: string): Promise<Sketched> {
  const folder = `${library}${name}/`;
  const files = readdirSync(folder).map((file) => [file, new Uint8Array(readFileSync(folder + file))]);
  return sketched(Object.fromEntries(files) as ModelFiles, name);
}

/** Values of one matrix, float32. */
export type Values = Float32Array;

/** Shapes of a small network; every model made of them could be a relative of every other by shape. */
const shapes = [[200, 96], [96, 96], [96, 96], [256, 96], [96]] as const;

/** Values of a network that was trained on its own. */
export function trained(seed: number): Values[] {
  return shapes.map((shape, index) => weights(countOf(shape), 0.02, seed * 100 + index));
}

/** What training makes of a network: every value moves by about `size`. */
export function tuned(values: readonly Values[], size: number, seed: number): Values[] {
  return values.map((each, index) => {
    const step = weights(each.length, size, seed * 1000 + index);
    return each.map((value, at) => value + (step[at] ?? 0));
  });
}

/** A network as a model of one file. */
export function network(values: readonly Values[], type: FloatType, prefix = ''): ModelFiles {
  const tensors = values.map((each, index) => ({
    name: `${prefix}layer.${index}.weight`,
    dtype: type,
    shape: shapes[index] ?? [],
    data: floatBytes(
      type,
      each.map((value) => onGrid(type, value)),
    ),
  }));
  return { 'model.safetensors': buildSafetensors(tensors) };
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
