import { DeltashelfError } from '../../../shared/index.ts';
import { quote } from '../formats/malformed.ts';
import { sortedNames } from './layout.ts';
import type { ModelTensor, ModelTensors } from './model-tensors.ts';
import { shownShape } from './parent-hash.ts';

/** A tensor of a model with the one of its base. */
export interface TensorPair {
  readonly child: ModelTensor;
  readonly base: ModelTensor;
}

/**
 * Sets the tensors of a model beside those of its base, by sorted name. A .wdelta file holds neither new tensors nor
 * new shapes.
 * @throws DeltashelfError `usage` where names or shapes do not agree
 */
export function pairsOf(children: ModelTensors, bases: ModelTensors): TensorPair[] {
  const names = sortedNames(new Set([...children.keys(), ...bases.keys()]));
  if (names.length === 0) {
    throw new DeltashelfError(
      'usage',
      'Neither the model nor its base has a tensor that is understood. Nothing was written. Give models in ' +
        'safetensors files.',
    );
  }
  return names.map((name) => {
    const child = children.get(name);
    const base = bases.get(name);
    if (!child || !base) throw onlyIn(name, child ? 'model' : 'base', child ? 'base' : 'model');
    if (child.info.shape.join() !== base.info.shape.join()) throw otherShape(child, base);
    return { child, base };
  });
}

function onlyIn(name: string, has: string, lacks: string): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `Tensor ${quote(name)} is in the ${has} and not in the ${lacks}, and a .wdelta file holds no tensor that was added or ` +
      'removed. Nothing was written. Give the base that has the same tensors, or store the model as a .dshelf.',
    { tensor: name },
  );
}

function otherShape({ name, info }: ModelTensor, base: ModelTensor): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `Tensor ${quote(name)} has the shape ${shownShape(info.shape)} in the model and ${shownShape(base.info.shape)} in its ` +
      'base, and a .wdelta file holds no tensor of another shape. Nothing was written. Give the base that it was made ' +
      'from, or store the model as a .dshelf.',
    { tensor: name },
  );
}
