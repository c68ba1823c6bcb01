import { elementCount } from '../dtypes.ts';
import { ModelSource, type Source } from '../sources/index.ts';
import type { RandomAccess } from '../streams.ts';
import { decodeDelta } from './decode.ts';
import { sortedNames } from './layout.ts';
import { readFloat32, tensorsOf, type ModelTensor, type ModelTensors } from './model-tensors.ts';
import { matchParent, type HashControl, type HashRule } from './parent-hash.ts';
import type { WdeltaFile, WdeltaTensor } from './reader.ts';

const floatBytes = 4;
/** Elements that are decoded at a time. */
const blockElements = 1 << 18;
/** Header and length field together end on a multiple of this, as the reference writer of safetensors has it. */
const alignment = 8;

/** What a .wdelta file and its parent make: the fine-tuned model as its program would give it back, in float32. */
export interface Reconstruction {
  /** One safetensors file with all tensors by sorted name; a source like that of a file on disk. */
  readonly source: ModelSource;
  /** The bytes of that file. */
  readonly bytes: RandomAccess;
  /** How the parent was recognised. */
  readonly rule: HashRule;
  /** Tensors of the parent that the file does not mention; they are left out. */
  readonly leftOut: readonly string[];
}

/**
 * Lays a .wdelta file over its parent, after the parent was hashed. Nothing is decoded before it is read.
 * @param parents one model, its shards in one source or in several; the source of another reconstruction for a chain
 * @param path name of the safetensors file that the model is
 * @throws DeltashelfError `parent-missing` or `parent-mismatch`
 */
export async function reconstruct(
  file: WdeltaFile,
  parents: readonly Source[],
  path: string,
  control: HashControl = {},
): Promise<Reconstruction> {
  const tensors = tensorsOf(parents);
  const rule = await matchParent(file, tensors, parents.map(({ name }) => name).join(', '), control);
  const bytes = new ReconstructedFile(file, tensors);
  const source = await ModelSource.open(path, [{ path, bytes }]);
  return {
    source,
    bytes,
    rule,
    leftOut: sortedNames(tensors.keys()).filter((name) => !file.tensors.has(name)),
  };
}

interface Part {
  readonly delta: WdeltaTensor;
  readonly base: ModelTensor;
  /** First byte within the file. */
  readonly begin: number;
  readonly end: number;
}

/** The bytes of the safetensors file that a .wdelta over its parent is. Each read decodes what it asks for. */
class ReconstructedFile implements RandomAccess {
  readonly size: number;
  readonly #file: WdeltaFile;
  readonly #header: Uint8Array;
  readonly #parts: readonly Part[];

  constructor(file: WdeltaFile, parents: ModelTensors) {
    this.#file = file;
    const deltas = sortedNames(file.tensors.keys()).flatMap((name) => file.tensors.get(name) ?? []);
    this.#header = headerOf(deltas);
    let end = this.#header.length;
    this.#parts = deltas.map((delta) => {
      const base = parents.get(delta.name);
      if (!base || elementCount(base.info.shape) !== delta.count) {
        throw new Error('a parent is matched before it is read');
      }
      const begin = end;
      end += delta.count * floatBytes;
      return { delta, base, begin, end };
    });
    this.size = end;
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    const end = offset + target.length;
    if (offset < 0 || end > this.size) throw new Error('a read lies within the file');
    if (offset < this.#header.length) target.set(this.#header.subarray(offset, end));
    for (let at = this.#firstPart(offset); at < this.#parts.length; at += 1) {
      const part = this.#parts[at];
      if (!part || part.begin >= end) break;
      const from = Math.max(part.begin, offset);
      const to = Math.min(part.end, end);
      if (to > from)
        await this.#readPart(part, from - part.begin, target.subarray(from - offset, to - offset));
    }
  }

  /** @param offset bytes within the tensor; it and the end of `target` may lie inside an element */
  async #readPart({ delta, base }: Part, offset: number, target: Uint8Array): Promise<void> {
    const end = offset + target.length;
    const last = Math.ceil(end / floatBytes);
    for (let first = Math.floor(offset / floatBytes); first < last; first += blockElements) {
      const range = { first, count: Math.min(blockElements, last - first) };
      const values = await readFloat32(base, range);
      const changes = await decodeDelta(this.#file, delta, range);
      // The sum of two float32 is rounded once on its way into the array.
      for (let at = 0; at < values.length; at += 1) values[at] = (values[at] ?? 0) + (changes[at] ?? 0);
      const begin = first * floatBytes;
      const bytes = new Uint8Array(values.buffer);
      const from = Math.max(begin, offset);
      target.set(bytes.subarray(from - begin, end - begin), from - offset);
    }
  }

  /** Place of the first tensor that ends after `offset`. */
  #firstPart(offset: number): number {
    let low = 0;
    let high = this.#parts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#parts[middle]?.end ?? Infinity) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Says what most programs that read such files want to be told: tensors laid out as torch has them. */
const usualMetadata = '"__metadata__":{"format":"pt"}';

function headerOf(tensors: readonly WdeltaTensor[]): Uint8Array {
  let end = 0;
  const entries = tensors.map(({ name, shape, count }) => {
    const begin = end;
    end += count * floatBytes;
    return `${JSON.stringify(name)}:{"dtype":"F32","shape":[${shape.join(',')}],"data_offsets":[${begin},${end}]}`;
  });
  const text = Buffer.from(`{${[usualMetadata, ...entries].join(',')}}`, 'utf8');
  const length = Math.ceil(text.length / alignment) * alignment;
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return header;
}
