import { DeltashelfError } from '../../../shared/index.ts';
import type { TensorInfo } from '../formats/segments.ts';
import { quote } from '../formats/malformed.ts';
import type { Source, SourceSegment } from '../sources/index.ts';
import type { ElementRange } from './decode.ts';
import { areNumbers, numberBytes, toFloat32 } from './numbers.ts';

/** A tensor of a model: where it lies. */
export interface ModelTensor {
  readonly name: string;
  readonly info: TensorInfo;
  readonly source: Source;
  readonly segment: SourceSegment;
  /** Place of its file among those of the model, sorted by path. */
  readonly shard: number;
}

/** The tensors of a model by name, in whatever files they lie. */
export type ModelTensors = ReadonlyMap<string, ModelTensor>;

/**
 * The tensors of a model that lies in one source or, shard by shard, in several. Where it has safetensors files only
 * these count, as for deltatensors: a checkpoint beside them mostly holds the same model again.
 * @throws DeltashelfError `usage` where two files have a tensor of one name
 */
export function tensorsOf(sources: readonly Source[]): ModelTensors {
  const files = sources
    .flatMap((source) => source.files.map((file) => ({ source, file })))
    .sort((a, b) => Buffer.compare(Buffer.from(a.file.path), Buffer.from(b.file.path)));
  const preferred = files.filter(({ file }) => file.format === 'safetensors');
  const tensors = new Map<string, ModelTensor>();
  for (const [shard, { source, file }] of (preferred.length > 0 ? preferred : files).entries()) {
    for (const segment of source.segments.slice(file.firstSegment, file.endSegment)) {
      const info = segment.tensor;
      if (!info) continue;
      const other = tensors.get(info.name);
      if (other) throw twice(info.name, file.path, other);
      tensors.set(info.name, { name: info.name, info, source, segment, shard });
    }
  }
  return tensors;
}

/**
 * A range of elements as float32.
 * @throws DeltashelfError `usage` where they are no numbers
 */
export async function readFloat32(
  { name, info, source, segment }: ModelTensor,
  { first, count }: ElementRange,
): Promise<Float32Array<ArrayBuffer>> {
  if (!areNumbers(info.dtype)) throw noNumbers(name, info, source);
  const width = numberBytes(info.dtype);
  const bytes = new Uint8Array(count * width);
  if (count > 0) await source.read(segment, first * width, bytes);
  const values = new Float32Array(count);
  toFloat32(info, bytes, values);
  return values;
}

function twice(name: string, path: string, { source, segment }: ModelTensor): DeltashelfError {
  const other = source.files[segment.file]?.path ?? '';
  return new DeltashelfError(
    'usage',
    `Tensor ${quote(name)} is in ${quote(path)} and in ${quote(other)} again, so that it is not clear which of them ` +
      'is meant. Nothing was written. Give the folder or the files of one model.',
    { file: path, tensor: name },
  );
}

function noNumbers(name: string, { dtype }: TensorInfo, source: Source): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `Tensor ${quote(name)} of ${quote(source.name)} is of type ${dtype}, which a .wdelta file cannot be laid over or ` +
      'made from. Nothing was written. Give the model in a type of plain numbers, as bfloat16 or float32.',
    { tensor: name },
  );
}
