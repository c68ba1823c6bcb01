import { maxNameBytes } from './limits.ts';
import { Malformed } from './malformed.ts';
import type { PickleTensor, PickleValue } from './pickle-values.ts';

/** Containers inside containers; optimizer states of torch reach 6. */
const maxNesting = 100;

/** Name of a tensor that is the whole checkpoint. */
const loneTensor = 'tensor';

/** A tensor with the name that the checkpoint gives it. */
export interface NamedTensor extends PickleTensor {
  readonly name: string;
}

/**
 * Names the tensors of an interpreted checkpoint by the path of keys and list positions that leads to each, joined
 * with dots, in the order of the pickle. A tensor or container that is reachable twice keeps its first name, so
 * shared and circular references end. Where two paths read the same, the later name gets `#2`, `#3`, ...
 */
export function nameTensors(root: PickleValue): NamedTensor[] {
  const walk = new Walk();
  walk.visit(root, '', 0);
  return walk.tensors;
}

class Walk {
  readonly tensors: NamedTensor[] = [];
  readonly #seen = new Set<PickleValue>();
  readonly #names = new Set<string>();

  visit(value: PickleValue, path: string, depth: number): void {
    if (typeof value !== 'object' || value === null || this.#seen.has(value)) return;
    this.#seen.add(value);
    if (depth > maxNesting) throw new Malformed(`it nests deeper than ${maxNesting}`);
    if (path.length > maxNameBytes)
      throw new Malformed(`it has a name of more than ${maxNameBytes} characters`);
    if (value.kind === 'tensor') {
      this.#add(value, path === '' ? loneTensor : path);
    } else if (value.kind === 'dict') {
      let position = 0;
      for (const [key, item] of value.items) this.visit(item, join(path, step(key, position++)), depth + 1);
    } else if (value.kind === 'list' || value.kind === 'tuple') {
      for (const [position, item] of value.items.entries())
        this.visit(item, join(path, `${position}`), depth + 1);
    }
  }

  #add(tensor: PickleTensor, path: string): void {
    let name = path;
    for (let copy = 2; this.#names.has(name); copy += 1) name = `${path}#${copy}`;
    this.#names.add(name);
    this.tensors.push({ ...tensor, name });
  }
}

/** A key as part of a name, as Python writes it; a key that is no text, number or truth counts by its position. */
function step(key: PickleValue, position: number): string {
  if (typeof key === 'boolean') return key ? 'True' : 'False';
  return typeof key === 'object' ? `${position}` : `${key}`;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
