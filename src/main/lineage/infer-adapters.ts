import type { Comparison } from './infer-compare.ts';
import { bareName, bareShape } from './infer-layout.ts';
import type { ModelProfile } from './profile.ts';

// Adapters hold two factors for each module that they change: A of r x in, B of out x r. They fit a base that has
// those modules with weights of out x in (or in x out, where a library stores them the other way round).

const first = /\.(?:lora_A|lora_down|lora_embedding_A)(?:\.[\w-]+)?\.weight$|\.lora_embedding_A$/u;
const second = /\.(?:lora_B|lora_up|lora_embedding_B)(?:\.[\w-]+)?\.weight$|\.lora_embedding_B$/u;
/** kohya writes the path of a module with underscores, after the part of the pipeline that it belongs to. */
const flattened = /^lora_(?:unet|te\d?|transformer)_/u;

/** Whether the factors of an adapter fit the modules of a model. */
export function adapterFit({ tensors }: ModelProfile, base: ModelProfile): Comparison {
  const modules = new Map<string, readonly number[]>();
  for (const { name, shape } of base.tensors) {
    const module = bareName(name).replace(/\.weight$/u, '');
    modules.set(module, bareShape(shape));
    modules.set(module.replaceAll('.', '_'), bareShape(shape));
  }
  const outs = new Map(
    tensors
      .filter(({ name }) => second.test(name))
      .map(({ name, shape }) => [moduleOf(name, second), shape[0] ?? 0]),
  );
  let known = 0;
  let fitting = 0;
  for (const { name, shape } of tensors) {
    if (!first.test(name)) continue;
    const module = moduleOf(name, first);
    const weight = modules.get(module);
    if (!weight) continue;
    known += 1;
    const [input, output] = [shape[1], outs.get(module)];
    const [rows, columns] = weight;
    if ((rows === output && columns === input) || (rows === input && columns === output)) fitting += 1;
  }
  if (known === 0)
    return { verdict: 'unknown', sentence: 'it has no modules of the names that the adapter changes' };
  if (fitting * 2 > known)
    return { verdict: 'related', sentence: `its factors fit ${fitting} of ${known} modules` };
  return {
    verdict: 'contradicted',
    sentence: `the factors of the adapter fit ${fitting} of ${known} modules`,
  };
}

function moduleOf(name: string, factor: RegExp): string {
  const path = name.replace(factor, '').replace(flattened, '');
  return bareName(`${path}.`).replace(/\.$/u, '');
}
