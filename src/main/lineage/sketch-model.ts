import { packBytes } from '../engine/codecs/index.ts';
import { inWindow } from '../engine/pool/index.ts';
import type { ModelSource, SourceSegment } from '../engine/sources/index.ts';
import type { Control } from '../engine/streams.ts';
import { firstOf, isRaw, placesOf, sampleOf, type Sampled } from './sketch-places.ts';
import { valuesFrom } from './sketch-values.ts';
import type { ModelSketch, OtherSketch, TensorSketch } from './sketch.ts';

/** Bytes of sampled elements of one model at most, about. */
const MODEL_BYTES = 1 << 20;
/** Tensors up to this size are read whole, and have a digest. */
const WHOLE_BYTES = 1 << 16;
/** Other segments up to this size have a digest; of larger ones only pieces are looked at. */
const DIGESTED_BYTES = 1 << 24;
const PACKED_BYTES = 1 << 17;
const PIECE_BYTES = 1 << 16;
const PIECES = 3;
const READS_AT_ONCE = 4;

/**
 * Takes the sketch of a model: a few rows of each tensor are read, and its other bytes up to some size.
 * @throws DeltashelfError what the source throws; the signal's reason when cancelled
 */
export async function sketchModel(source: ModelSource, control: Control = {}): Promise<ModelSketch> {
  const { signal, onProgress } = control;
  const totalBytes = source.files.reduce((sum, { size }) => sum + size, 0);
  const share = affordable(source.segments);
  const tensors: TensorSketch[] = [];
  const others: OtherSketch[] = [];
  let doneBytes = 0;
  for (const segment of source.segments) {
    signal?.throwIfAborted();
    if (segment.tensor) tensors.push(await sketchTensor(source, segment, share, signal));
    else if (segment.length > 0) others.push(await sketchOther(source, segment, signal));
    doneBytes += segment.length;
    onProgress?.({ phase: 'identify', doneBytes, totalBytes });
  }
  return { tensors, others, otherBytes: others.reduce((sum, { length }) => sum + length, 0) };
}

/** The part of the usual samples that keeps the sketch of a model with very many tensors small. */
function affordable(segments: readonly SourceSegment[]): number {
  const bytesAt = (share: number): number =>
    segments.reduce((sum, segment) => sum + sampledBytes(segment, share), 0);
  let share = 1;
  while (bytesAt(share) > MODEL_BYTES && share > 2 ** -11) share /= 2;
  return share;
}

function sampledBytes(segment: SourceSegment, share: number): number {
  if (!segment.tensor) return 0;
  const { sampled, width } = samplingOf(segment, share);
  return sampled.rows * sampled.columns * width;
}

interface Sampling {
  readonly info: Pick<TensorSketch, 'dtype' | 'shape' | 'length' | 'bigEndian'>;
  readonly rows: number;
  readonly columns: number;
  readonly width: number;
  readonly sampled: Sampled;
}

function samplingOf({ tensor, length }: SourceSegment, share: number): Sampling {
  if (!tensor) throw new Error('only tensors are sampled');
  const { dtype, shape, bigEndian } = tensor;
  const info = { dtype, shape, length, ...(bigEndian && { bigEndian }) };
  const places = placesOf(info);
  return { info, ...places, sampled: sampleOf(places, isVector(info), share) };
}

function isVector(info: Sampling['info']): boolean {
  return isRaw(info) || info.shape.filter((size) => size !== 1).length < 2;
}

async function sketchTensor(
  source: ModelSource,
  segment: SourceSegment,
  share: number,
  signal: AbortSignal | undefined,
): Promise<TensorSketch> {
  const { info, rows, columns, width, sampled } = samplingOf(segment, share);
  const whole = segment.length <= WHOLE_BYTES;
  const taken = { rows: firstOf(rows, sampled.rows), columns: firstOf(columns, sampled.columns) };
  const read = whole ? await wholeReader(source, segment) : rangeReader(source, segment);
  const bytes = new Uint8Array(sampled.rows * sampled.columns * width);
  const firstColumn = Math.min(...taken.columns);
  const spanned = Math.max(...taken.columns) + 1 - firstColumn;
  const inOrder = [...taken.rows.entries()].sort((a, b) => a[1] - b[1]);
  await inWindow(inOrder, READS_AT_ONCE, async ([place, row]) => {
    signal?.throwIfAborted();
    const line = await read((row * columns + firstColumn) * width, spanned * width);
    for (const [index, column] of taken.columns.entries()) {
      const at = (column - firstColumn) * width;
      bytes.set(line.subarray(at, at + width), (place * sampled.columns + index) * width);
    }
  });
  const raw = isRaw(info);
  return {
    name: segment.tensor?.name ?? '',
    file: source.files[segment.file]?.path ?? '',
    ...info,
    ...(whole && { digest: await source.digest(segment, signal) }),
    ...sampled,
    values: raw ? new Float32Array() : valuesFrom(info.dtype, bytes),
    bytes: raw || info.dtype === 'F64' ? bytes : new Uint8Array(),
  };
}

type Reader = (offset: number, length: number) => Promise<Uint8Array>;

function rangeReader(source: ModelSource, segment: SourceSegment): Reader {
  return async (offset, length) => {
    const bytes = new Uint8Array(length);
    await source.read(segment, offset, bytes);
    return bytes;
  };
}

async function wholeReader(source: ModelSource, segment: SourceSegment): Promise<Reader> {
  const all = await rangeReader(source, segment)(0, segment.length);
  return async (offset, length) => all.subarray(offset, offset + length);
}

async function sketchOther(
  source: ModelSource,
  segment: SourceSegment,
  signal: AbortSignal | undefined,
): Promise<OtherSketch> {
  const { length } = segment;
  const file = source.files[segment.file];
  return {
    file: file?.path ?? '',
    ordinal: segment.number - (file?.firstSegment ?? 0),
    length,
    ...(length <= DIGESTED_BYTES && { digest: await source.digest(segment, signal) }),
    packed: await packedBytes(rangeReader(source, segment), length),
  };
}

/** Bytes that are left of a segment; of a large one estimated from pieces of it. */
async function packedBytes(read: Reader, length: number): Promise<number> {
  const pack = (bytes: Uint8Array): number => Math.min(bytes.length, packBytes(bytes).payload.length);
  if (length <= PACKED_BYTES) return pack(await read(0, length));
  let packed = 0;
  for (let piece = 0; piece < PIECES; piece += 1) {
    const offset = Math.floor(((length - PIECE_BYTES) * piece) / (PIECES - 1));
    packed += pack(await read(offset, PIECE_BYTES));
  }
  return Math.round((packed * length) / (PIECES * PIECE_BYTES));
}
