import type { Dtype } from '../../src/main/engine/dtypes.ts';
import type { ModelProfile, ModelSketch, TensorSketch } from '../../src/main/lineage/index.ts';
import { onGrid, type FloatType } from '../fixtures/random-models.ts';
import { anonymous } from './profiles.ts';

/** A model as numbers: one array for each tensor. */
export type Weights = readonly Float64Array[];

/** Numbers that look random and are the same in every run; normal, variance 1. */
export function normals(count: number, seed: number): Float64Array {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float64Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  });
}

const TENSORS = 6;

/** A model trained from nothing. */
export function trained(seed: number, elements = 512): Weights {
  return Array.from({ length: TENSORS }, (_, tensor) =>
    normals(elements, seed * 1000 + tensor).map((value) => value * 0.02),
  );
}

/** A fine-tune: a change of `size` times the weights, in no direction. */
export function tuned(parent: Weights, seed: number, size = 0.08): Weights {
  return parent.map((values, tensor) => {
    const change = normals(values.length, seed * 1000 + 500 + tensor);
    return values.map((value, index) => value + (change[index] ?? 0) * 0.02 * size);
  });
}

/** The sum of weights times models. */
export function mixed(...parts: readonly (readonly [weight: number, model: Weights])[]): Weights {
  return (parts[0]?.[1] ?? []).map((values, tensor) =>
    values.map((_, index) =>
      parts.reduce((sum, [weight, model]) => sum + weight * (model[tensor]?.[index] ?? 0), 0),
    ),
  );
}

/** A model in a type of float, rounded to nearest, ties to even. */
export function stored(weights: Weights, type: FloatType): Weights {
  return weights.map((values) => values.map((value) => rounded(type, value)));
}

function rounded(type: FloatType, value: number): number {
  if (type !== 'BF16') return onGrid(type, value);
  const [bits = 0] = new Uint32Array(Float32Array.of(value).buffer);
  const even = (bits >>> 16) & 1;
  const [result = 0] = new Float32Array(Uint32Array.of((bits + 0x7fff + even) & 0xffff0000).buffer);
  return result;
}

/** A sketch that holds all of a model, with matrices of 16 columns. */
export function sketchOf(weights: Weights, type: Dtype = 'F32', name = 'layer'): ModelSketch {
  const tensors = weights.map((values, index): TensorSketch => ({
    name: `${name}.${index}.weight`,
    file: 'model.safetensors',
    dtype: type,
    shape: [values.length / 16, 16],
    length: values.length * 4,
    rows: values.length / 16,
    columns: 16,
    values: Float32Array.from(values),
    bytes: new Uint8Array(),
  }));
  return { tensors, others: [], otherBytes: 0 };
}

/** Models of which nothing is known but their weights, numbered from 1 in the order of the names. */
export class MadeLibrary {
  readonly #ids = new Map<string, number>();
  readonly #models: ModelProfile[] = [];

  add(name: string, weights: Weights, more: Partial<ModelProfile> = {}, type: FloatType = 'F32'): this {
    const id = this.#models.length + 1;
    this.#ids.set(name, id);
    this.#models.push({ ...anonymous(id, sketchOf(stored(weights, type), type)), ...more });
    return this;
  }

  get models(): readonly ModelProfile[] {
    return this.#models;
  }

  id(name: string): number {
    const id = this.#ids.get(name);
    if (id === undefined) throw new Error(`no model ${name}`);
    return id;
  }

  name(id: number): string {
    return [...this.#ids].find(([, known]) => known === id)?.[0] ?? `#${id}`;
  }
}
