import { createHash } from 'node:crypto';
import { DeltashelfError, type ErrorCode } from '../../../shared/index.ts';
import { dtypeBits, elementCount } from '../dtypes.ts';
import { quote } from '../formats/malformed.ts';
import type { Source } from '../sources/index.ts';
import { sortedNames } from './layout.ts';
import { readFloat32, tensorsOf, type ModelTensor, type ModelTensors } from './model-tensors.ts';
import type { WdeltaOutline } from './reader.ts';

/** Elements that are read at a time. */
const blockElements = 1 << 18;

/** How the hash of a parent may have been taken: in which order, over which bytes. */
export interface HashRule {
  /** For people. */
  readonly says: string;
  readonly names: readonly string[];
  readonly bytes: 'stored' | 'float32';
}

export interface HashControl {
  readonly signal?: AbortSignal;
  /** Told how many bytes of the model were read. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * SHA-256 over each tensor's name in UTF-8 and its bytes, little-endian. Shapes and types do not count. Streams.
 * @throws DeltashelfError as the sources do
 */
export async function hashTensors(
  tensors: ModelTensors,
  { names, bytes }: Pick<HashRule, 'names' | 'bytes'>,
  control: HashControl = {},
): Promise<string> {
  const hash = createHash('sha256');
  for (const name of names) {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error('a rule names tensors that are there');
    hash.update(name, 'utf8');
    const blocks = bytes === 'stored' ? storedBlocks(tensor) : floatBlocks(tensor);
    for await (const block of blocks) {
      control.signal?.throwIfAborted();
      hash.update(block);
      control.onBytes?.(block.length);
    }
  }
  return hash.digest('hex');
}

/**
 * Finds the rule by which a model is the parent of a .wdelta file, reading the model once for each rule that is tried.
 * @throws DeltashelfError `parent-missing` where tensors are not there at all, `parent-mismatch` where no rule gives
 * the hash
 */
export async function matchParent(
  file: WdeltaOutline,
  tensors: ModelTensors,
  model: string,
  control: HashControl = {},
): Promise<HashRule> {
  requireTensors(file, tensors, model);
  const rules = rulesFor(file, tensors);
  for (const rule of rules) {
    if ((await hashTensors(tensors, rule, control)) === file.parentHash) return rule;
  }
  throw otherParent(file, model, rules);
}

/**
 * Whether a model is the parent that a .wdelta file names. One that lacks its tensors is none, and is not read.
 * @throws DeltashelfError where it cannot be read
 */
export async function isParentOf(
  file: WdeltaOutline,
  model: readonly Source[],
  control: HashControl = {},
): Promise<boolean> {
  try {
    await matchParent(file, tensorsOf(model), file.name, control);
    return true;
  } catch (error) {
    if (error instanceof DeltashelfError && notTheParent.has(error.code)) return false;
    throw error;
  }
}

const notTheParent = new Set<ErrorCode>(['parent-missing', 'parent-mismatch', 'usage']);

/**
 * The orders that writers use: sorted names; as a streaming writer goes through the shards of base and fine-tune,
 * which the order of the records shows; through the shards of the base as it is now. A chain hashes what was
 * reconstructed, in float32. Those that come to the same are left out.
 */
function rulesFor(file: WdeltaOutline, tensors: ModelTensors): HashRule[] {
  const recorded = [...file.tensors.keys()];
  const sorted = sortedNames(recorded);
  const inShards = shardOrder(sorted, tensors);
  const rules: HashRule[] = [
    { says: 'sorted names over the bytes as stored', names: sorted, bytes: 'stored' },
    { says: 'the order of its own records over the bytes as stored', names: recorded, bytes: 'stored' },
    { says: 'shard by shard over the bytes as stored', names: inShards, bytes: 'stored' },
  ];
  if (sorted.some((name) => tensors.get(name)?.info.dtype !== 'F32')) {
    rules.push({ says: 'sorted names over the values as float32', names: sorted, bytes: 'float32' });
  }
  const isSame = (a: HashRule, b: HashRule): boolean =>
    a.bytes === b.bytes && a.names.every((name, at) => name === b.names[at]);
  return rules.filter((rule, at) => !rules.slice(0, at).some((former) => isSame(former, rule)));
}

/** Names by shard, in the order in which the sorted names first touch one. */
function shardOrder(sorted: readonly string[], tensors: ModelTensors): string[] {
  return [...Map.groupBy(sorted, (name) => tensors.get(name)?.shard).values()].flat();
}

/** Every tensor of the file must be there, with as many elements. */
function requireTensors(file: WdeltaOutline, tensors: ModelTensors, model: string): void {
  for (const { name, count, shape } of file.tensors.values()) {
    const tensor = tensors.get(name);
    if (!tensor) {
      throw new DeltashelfError(
        'parent-missing',
        `${quote(file.name)} was made against a model with a tensor ${quote(name)}, which ${quote(model)} lacks. ` +
          'Nothing was written. Give the base that it was made from.',
        { file: file.name, tensor: name },
      );
    }
    if (elementCount(tensor.info.shape) === count) continue;
    throw new DeltashelfError(
      'parent-mismatch',
      `${quote(file.name)} was made against a model in which tensor ${quote(name)} has the shape ` +
        `${shownShape(shape)}; in ${quote(model)} it has ${shownShape(tensor.info.shape)}. Nothing was written. ` +
        'Give the base that it was made from.',
      { file: file.name, tensor: name },
    );
  }
}

function otherParent(file: WdeltaOutline, model: string, rules: readonly HashRule[]): DeltashelfError {
  const tried = rules.map(({ says }) => says).join('; ');
  return new DeltashelfError(
    'parent-mismatch',
    `${quote(model)} is not the model that ${quote(file.name)} was made against, or has changed since: no way in which ` +
      `such a file names its parent gives the hash that it has (tried: ${tried}). Nothing was written. Give the base ` +
      'as it was, and for a delta of a delta the earlier ones too, the earliest first.',
    { file: file.name },
  );
}

async function* storedBlocks({ source, segment, info }: ModelTensor): AsyncGenerator<Uint8Array> {
  const { length } = segment;
  const block = Buffer.alloc(Math.min(length, blockElements * 4));
  for (let at = 0; at < length; at += block.length) {
    const part = block.subarray(0, Math.min(block.length, length - at));
    await source.read(segment, at, part);
    if (info.bigEndian === true) turnAround(part, dtypeBits[info.dtype]);
    yield part;
  }
}

async function* floatBlocks(tensor: ModelTensor): AsyncGenerator<Uint8Array> {
  const count = elementCount(tensor.info.shape);
  for (let first = 0; first < count; first += blockElements) {
    const values = await readFloat32(tensor, { first, count: Math.min(blockElements, count - first) });
    yield new Uint8Array(values.buffer);
  }
}

/** Big-endian elements as little-endian ones, in place. */
function turnAround(bytes: Buffer, bits: number): void {
  if (bits === 16) bytes.swap16();
  else if (bits === 32) bytes.swap32();
  else if (bits === 64) bytes.swap64();
}

/** A shape as a sentence shows it. */
export function shownShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
