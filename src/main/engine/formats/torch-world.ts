import { maxDimensions } from './limits.ts';
import { Malformed, quote } from './malformed.ts';
import { constant, type PickleStorage, type PickleTensor, type PickleValue } from './pickle-values.ts';
import type { PickleWorld } from './pickle-world.ts';
import { dtypeOfGlobal, elementsOfStorage } from './torch-types.ts';

/** Functions and classes of a checkpoint that say what a tensor is, or that hold tensors; nothing else is known. */
const rebuilders = {
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_tensor_v3': rebuildTensorV3,
  'torch._utils._rebuild_parameter': firstArgument,
  'torch._utils._rebuild_parameter_with_state': firstArgument,
  'collections.OrderedDict': orderedDict,
  'torch.Size': firstArgument,
  'torch.device': () => constant,
} satisfies Record<string, (args: readonly PickleValue[]) => PickleValue>;

const calls = new Map<string, (args: readonly PickleValue[]) => PickleValue>(Object.entries(rebuilders));

/** Persistent ids of storages: `('storage', type, key, location, numel)`. */
const storageIdParts = 5;

/**
 * The world of a torch checkpoint: only names that rebuild tensors have a meaning, and the meaning is a description.
 * Method: `torch/_utils.py` (the `_rebuild_*` functions and their arguments) and `persistent_load` of
 * `torch/serialization.py`. Any other name refuses the file: what it would have done is not known, nor run.
 */
export class TorchWorld implements PickleWorld {
  /** Storages by key, as the pickle names them. */
  readonly storages = new Map<string, PickleStorage>();

  global(module: string, name: string): PickleValue {
    const full = `${module}.${name}`;
    if (calls.has(full) || dtypeOfGlobal(full) !== undefined || elementsOfStorage(full) !== undefined) {
      return { kind: 'global', name: full };
    }
    throw new Malformed(
      `its pickle asks for ${quote(full)}, which is refused: only names of tensors are known`,
    );
  }

  reduce(callable: PickleValue, args: PickleValue): PickleValue {
    const call = isObject(callable) && callable.kind === 'global' ? calls.get(callable.name) : undefined;
    if (call === undefined) throw new Malformed('its pickle calls something that is no function of tensors');
    return call(tuple(args));
  }

  build(target: PickleValue): void {
    // The attributes of a state dict (`_metadata`) hold versions, no tensors.
    if (!isObject(target) || target.kind !== 'dict')
      throw new Malformed('its pickle sets the state of an object');
  }

  persistent(id: PickleValue): PickleValue {
    const [word, type, key, , elements] = tuple(id, storageIdParts);
    if (word !== 'storage' || typeof key !== 'string')
      throw new Malformed('its pickle refers to something unknown');
    if (!isObject(type) || type.kind !== 'global' || elementsOfStorage(type.name) === undefined) {
      throw new Malformed(`its storage ${quote(key)} has an unknown type`);
    }
    const storage = this.storages.get(key) ?? {
      kind: 'storage',
      key,
      type: type.name,
      elements: size(elements),
    };
    if (storage.type !== type.name || storage.elements !== elements) {
      throw new Malformed(`its storage ${quote(key)} is described in two ways`);
    }
    this.storages.set(key, storage);
    return storage;
  }
}

/** `(storage, storage_offset, size, stride, ...)`; what follows is gradients, hooks and metadata. */
function rebuildTensor([storage, offset, shape, stride]: readonly PickleValue[]): PickleTensor {
  if (!isObject(storage) || storage.kind !== 'storage')
    throw new Malformed('its pickle has a tensor without storage');
  const tensor = { storage, offset: size(offset), shape: sizes(shape), stride: sizes(stride) };
  if (tensor.shape.length !== tensor.stride.length)
    throw new Malformed('its pickle has a tensor with a wrong stride');
  return { kind: 'tensor', ...tensor };
}

/** As before, with the dtype of the elements in the seventh place. */
function rebuildTensorV3(args: readonly PickleValue[]): PickleTensor {
  const dtype = args[6];
  if (!isObject(dtype) || dtype.kind !== 'global' || dtypeOfGlobal(dtype.name) === undefined) {
    throw new Malformed('its pickle has a tensor of an unknown dtype');
  }
  return { ...rebuildTensor(args), dtype: dtype.name };
}

function firstArgument([first]: readonly PickleValue[]): PickleValue {
  if (first === undefined) throw new Malformed('its pickle calls a function without arguments');
  return first;
}

/** `OrderedDict()`, or `OrderedDict([[key, value], ...])`. */
function orderedDict([entries]: readonly PickleValue[]): PickleValue {
  const items = new Map<PickleValue, PickleValue>();
  if (entries === undefined) return { kind: 'dict', items };
  if (!isObject(entries) || entries.kind !== 'list')
    throw new Malformed('its pickle has an unknown kind of dict');
  for (const entry of entries.items) {
    const [key, value] = isObject(entry) && 'items' in entry && entry.kind !== 'dict' ? entry.items : [];
    if (key === undefined || value === undefined)
      throw new Malformed('its pickle has an unknown kind of dict');
    items.set(key, value);
  }
  return { kind: 'dict', items };
}

function tuple(value: PickleValue, length?: number): readonly PickleValue[] {
  if (!isObject(value) || value.kind !== 'tuple' || (length !== undefined && value.items.length !== length)) {
    throw new Malformed('its pickle passes arguments of a wrong kind');
  }
  return value.items;
}

function sizes(value: PickleValue | undefined): number[] {
  const items = tuple(value ?? null);
  if (items.length > maxDimensions)
    throw new Malformed(`it has a tensor of more than ${maxDimensions} dimensions`);
  return items.map(size);
}

function size(value: PickleValue | undefined): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Malformed('its pickle has a size that is no whole number');
}

function isObject(value: PickleValue | undefined): value is Extract<PickleValue, object> {
  return typeof value === 'object' && value !== null;
}
