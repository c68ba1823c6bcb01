import { hash } from 'node:crypto';
import { bareName, kindOf } from '../engine/delta/index.ts';
import { commonSample } from './sketch-common.ts';
import { likeness } from './sketch-likeness.ts';
import type { ModelSketch, OtherSketch, TensorSketch } from './sketch.ts';

// Which tensor of a parent the encoder would predict a tensor of the child from: as engine/delta/match.ts, seen from
// sketches. The same name first; then equal content; then, for what was renamed and changed, the most alike.

/** Correlation from which a tensor of another name is taken as the parent's form of this one. */
const ALIKE = 0.7;
const MOST_CANDIDATES = 64;

interface Known {
  readonly byKey: ReadonlyMap<string, TensorSketch>;
  readonly byContent: ReadonlyMap<string, TensorSketch>;
  readonly byKind: ReadonlyMap<string, readonly TensorSketch[]>;
  /** By bare name, whatever the kind. */
  readonly byName: ReadonlyMap<string, TensorSketch>;
  readonly others: ReadonlyMap<string, OtherSketch>;
  readonly digests: ReadonlySet<string>;
}

/** Sketches are asked again and again, as a child and as a parent. */
const remembered = new WeakMap<ModelSketch, Known>();

function kind({ name, dtype, shape, bigEndian, length }: TensorSketch): string {
  return kindOf({ tensor: { name, dtype, shape, ...(bigEndian && { bigEndian }) }, length }) ?? '';
}

/** Names under which a tensor is looked for, the surest first. */
function keysOf(tensor: TensorSketch): string[] {
  const kinds = kind(tensor);
  const { file, name } = tensor;
  return [`${kinds} file ${file} ${name}`, `${kinds} name ${name}`, `${kinds} bare ${bareName(name)}`];
}

/** Content of tensors, once it was asked for. */
const contents = new WeakMap<TensorSketch, readonly string[]>();

/** Stands for the content of a tensor: its digest, and a hash of its sampled elements. */
function contentsOf(tensor: TensorSketch): readonly string[] {
  const known = contents.get(tensor);
  if (known) return known;
  const { digest, values, bytes, length, dtype } = tensor;
  const sampled =
    bytes.length > 0 ? bytes : new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const sample = `${dtype} ${length} ${hash('sha1', sampled)}`;
  const made = [...(digest === undefined ? [] : [`${length} ${digest}`]), sample];
  contents.set(tensor, made);
  return made;
}

function fileKeys(sketch: ModelSketch, { file, ordinal }: OtherSketch): string[] {
  const files = new Set([...sketch.tensors, ...sketch.others].map((each) => each.file));
  return [`${file} ${ordinal}`, ...(files.size === 1 ? [`lone ${ordinal}`] : [])];
}

function knownOf(sketch: ModelSketch): Known {
  const known = remembered.get(sketch);
  if (known) return known;
  const byKey = new Map<string, TensorSketch>();
  const byContent = new Map<string, TensorSketch>();
  const byKind = new Map<string, TensorSketch[]>();
  const byName = new Map<string, TensorSketch>();
  const others = new Map<string, OtherSketch>();
  const digests = new Set<string>();
  for (const tensor of sketch.tensors.filter(({ length }) => length > 0)) {
    for (const key of keysOf(tensor)) if (!byKey.has(key)) byKey.set(key, tensor);
    for (const key of contentsOf(tensor)) if (!byContent.has(key)) byContent.set(key, tensor);
    const bare = bareName(tensor.name);
    if (!byName.has(bare)) byName.set(bare, tensor);
    const alike = byKind.get(kind(tensor)) ?? [];
    byKind.set(kind(tensor), alike);
    alike.push(tensor);
  }
  for (const other of sketch.others) {
    for (const key of fileKeys(sketch, other)) if (!others.has(key)) others.set(key, other);
    if (other.digest !== undefined) digests.add(`${other.length} ${other.digest}`);
  }
  const made = { byKey, byContent, byKind, byName, others, digests };
  remembered.set(sketch, made);
  return made;
}

/** A tensor of the child with what would predict it. */
export interface TensorPair {
  readonly child: TensorSketch;
  readonly parent: TensorSketch | undefined;
  /** Found under whatever name because its bytes are the same. */
  readonly same: boolean;
}

/** The tensors of a child, each with that of the parent which would predict it. */
export function pairTensors(child: ModelSketch, parent: ModelSketch | null): TensorPair[] {
  if (!parent) return child.tensors.map((tensor) => ({ child: tensor, parent: undefined, same: false }));
  const known = knownOf(parent);
  const named = child.tensors.map((tensor) => findNamed(known, tensor));
  const taken = new Set(named);
  return child.tensors.map((tensor, index) => {
    const found = named[index];
    if (found) return { child: tensor, parent: found, same: false };
    const equal = contentsOf(tensor).flatMap((key) => known.byContent.get(key) ?? [])[0];
    if (equal) return { child: tensor, parent: equal, same: true };
    const alike = byLikeness(known, tensor, taken);
    if (alike) taken.add(alike);
    return { child: tensor, parent: alike, same: false };
  });
}

function findNamed(known: Known, tensor: TensorSketch): TensorSketch | undefined {
  if (tensor.length === 0) return undefined;
  return keysOf(tensor).flatMap((key) => known.byKey.get(key) ?? [])[0];
}

function byLikeness(
  known: Known,
  tensor: TensorSketch,
  taken: ReadonlySet<TensorSketch | undefined>,
): TensorSketch | undefined {
  const candidates = (known.byKind.get(kind(tensor)) ?? []).filter((each) => !taken.has(each));
  const [best] = candidates
    .slice(0, MOST_CANDIDATES)
    .map((candidate) => ({ candidate, common: commonSample(tensor, candidate) }))
    .flatMap(({ candidate, common }) => (common ? [{ candidate, alike: likeness(common).correlation }] : []))
    .sort((a, b) => b.alike - a.alike);
  return best && best.alike >= ALIKE ? best.candidate : undefined;
}

/** As `pairTensors`, and tensors of one name that differ in their first dimension only. */
export function relatedTensors(child: ModelSketch, parent: ModelSketch): TensorPair[] {
  const { byName } = knownOf(parent);
  return pairTensors(child, parent).map((pair) => {
    if (pair.parent) return pair;
    const named = byName.get(bareName(pair.child.name));
    return named && commonSample(pair.child, named) ? { ...pair, parent: named } : pair;
  });
}

/** How the parent stands to a segment of the child that is no tensor. */
export function matchOther(
  child: ModelSketch,
  parent: ModelSketch | null,
  other: OtherSketch,
): 'same' | 'changed' | 'new' {
  if (!parent) return 'new';
  const known = knownOf(parent);
  if (other.digest !== undefined && known.digests.has(`${other.length} ${other.digest}`)) return 'same';
  return fileKeys(child, other).some((key) => known.others.has(key)) ? 'changed' : 'new';
}
