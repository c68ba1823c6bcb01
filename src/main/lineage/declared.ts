import { readCard } from './declared-card.ts';
import { readConfig } from './declared-configs.ts';
import { readMergekit, readWebMerge } from './declared-merge.ts';
import { distinctParents } from './declared-texts.ts';
import { numberingOf, readTraining } from './declared-training.ts';
import type { DeclaredFacts } from './facts.ts';

/** Texts of a model that `readDeclared` looks at; any other is ignored. Relative to the model, in lower case. */
export const declaringTexts: readonly string[] = [
  'readme.md',
  'adapter_config.json',
  'config.json',
  'model_index.json',
  'unet/config.json',
  'transformer/config.json',
  'trainer_state.json',
  'mergekit_config.yml',
  'mergekit_config.yaml',
  'merge_config.yml',
  'merge_config.yaml',
];

/**
 * What a model says of itself. Never throws: what has the wrong type, is too long, or does not parse says nothing.
 * @param texts small texts by their path relative to the model, with forward slashes
 * @param metadata `__metadata__` of its first safetensors file
 * @param name of the model's folder or file
 */
export function readDeclared(
  texts: ReadonlyMap<string, string>,
  metadata: ReadonlyMap<string, string> | undefined,
  name: string,
): DeclaredFacts {
  const known = new Map([...texts].map(([path, text]) => [path.toLowerCase(), text]));
  const found = declaringTexts.flatMap((path) => {
    const text = known.get(path);
    return text === undefined ? [] : [{ path, text }];
  });
  const card = readCard(known.get('readme.md') ?? '');
  const configs = found
    .filter(({ path }) => path.endsWith('.json'))
    .map(({ path, text }) => readConfig(path, text));
  const training = readTraining(metadata ?? new Map());
  const merges = found
    .filter(({ path }) => /\.ya?ml$/u.test(path))
    .map(({ path, text }) => readMergekit(path, text));
  const merge = [...merges, readWebMerge(metadata ?? new Map())].find((one) => one !== undefined);
  const parents = [...card.parents, ...configs.flatMap((config) => config.parents), ...training.parents];

  const adapter = known.has('adapter_config.json') ? 'adapter' : undefined;
  const relation = card.relation ?? adapter ?? training.relation ?? (merge && 'merge');
  const step = [...configs.map((config) => config.step), numberingOf(name)?.step, training.step].find(
    (one) => one !== undefined,
  );
  const architecture = [...configs, training].map((one) => one.architecture).find((one) => one !== undefined);
  return {
    parents: distinctParents(parents),
    ...(relation && { relation }),
    ...(merge && { merge: { method: merge.method, parents: distinctParents(merge.parents) } }),
    ...(step !== undefined && { step }),
    ...(architecture !== undefined && { architecture }),
  };
}
