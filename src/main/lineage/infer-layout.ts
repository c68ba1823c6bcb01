import { createHash } from 'node:crypto';
import type { ModelSketch, TensorSketch } from './sketch.ts';

// Which models are built alike: the same tensors of the same shapes, but for a vocabulary that was resized, a head
// that was added, or a prefix that a library puts before every name.

/** Prefixes by which libraries rename the tensors of one and the same model. */
const prefixes =
  /^(?:(?:module|_orig_mod|model|base_model|transformer|bert|roberta|state_dict|ema|student)\.)+/u;

/** A tensor that can be compared with others of its key. */
export interface Part {
  readonly tensor: TensorSketch;
  readonly elements: number;
  /** Has rows and columns: its values tell relatives from strangers, those of norms and biases do not. */
  readonly matrix: boolean;
}

/** The tensors of a model by name and shape, as far as their values compare. */
export type Layout = ReadonlyMap<string, Part>;

/** A model of which the layout is known. It may be made anew each time it is asked for: ask once. */
export interface LaidOut {
  readonly layout: Layout;
}

/** A name without the prefixes of libraries. */
export function bareName(name: string): string {
  return name.replace(prefixes, '');
}

/** A shape without dimensions of size 1. */
export function bareShape(shape: readonly number[]): number[] {
  return shape.filter((size) => size !== 1);
}

/** The layout of a sketched model. */
export function layoutOf(sketch: ModelSketch): Layout {
  const layout = new Map<string, Part>();
  for (const tensor of sketch.tensors) {
    if (tensor.values.length === 0) continue;
    const shape = bareShape(tensor.shape);
    const elements = shape.reduce((product, size) => product * size, 1);
    const key = `${bareName(tensor.name)} ${shape.join('x')} ${tensor.values.length}`;
    layout.set(key, { tensor, elements, matrix: shape.length > 1 });
  }
  return layout;
}

/** Names what a layout consists of: equal for models whose tensors compare one by one. */
export function layoutKey(layout: Layout): string {
  const hash = createHash('sha256');
  for (const key of [...layout.keys()].sort()) hash.update(key).update('\n');
  return layout.size === 0 ? '' : hash.digest('base64');
}

/** Groups of models that share most of their tensors; each number is a position in `models`. */
export function groupByLayout(models: readonly (LaidOut & { readonly layoutKey: string })[]): number[][] {
  const same = new Map<string, number[]>();
  for (const [index, { layoutKey: key }] of models.entries()) {
    if (key === '') continue;
    const group = same.get(key);
    if (group) group.push(index);
    else same.set(key, [index]);
  }
  return joinAlike([...same.values()], models);
}

/** Joins groups whose first models share at least half of the elements and tensors of the smaller one. */
function joinAlike(groups: readonly (readonly number[])[], models: readonly LaidOut[]): number[][] {
  const firstWith = new Map<string, number>();
  const joined: number[][] = [];
  for (const group of groups) {
    const layout = models[group[0] ?? -1]?.layout ?? new Map<string, Part>();
    const shared = new Map<number, number>();
    for (const key of layout.keys()) {
      const holder = firstWith.get(key);
      if (holder !== undefined) shared.set(holder, (shared.get(holder) ?? 0) + 1);
    }
    const [best] = [...shared].sort((a, b) => b[1] - a[1]);
    const at = best && best[1] * 2 >= layout.size ? best[0] : joined.length;
    const target = joined[at];
    if (target) for (const index of group) target.push(index);
    else joined.push([...group]);
    for (const key of layout.keys()) if (!firstWith.has(key)) firstWith.set(key, at);
  }
  return joined;
}
