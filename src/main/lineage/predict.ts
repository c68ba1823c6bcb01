import { CHUNK_BYTES } from '../engine/codecs/index.ts';
import { elementCount } from '../engine/dtypes.ts';
import { isRaw } from './sketch-places.ts';
import { SymbolCounter } from './predict-counter.ts';
import { matchOther, pairTensors, type TensorPair } from './predict-match.ts';
import { rawBits } from './predict-raw.ts';
import { countTensor, type TensorOutcome } from './predict-tensor.ts';
import type { ModelSketch, TensorSketch } from './sketch.ts';

/** What a model would take as a delta. */
export interface Prediction {
  /** Bytes of the whole delta file, at the level `fast`. */
  readonly bytes: number;
  /** 0 to 1: how sure; 0.5 where one standard deviation of what is not known is 5 % of the bytes. */
  readonly confidence: number;
}

/** Bytes of a delta that holds nothing, and what its index takes for each file, tensor and record. */
const EMPTY_BYTES = 1200;
const FILE_BYTES = 40;
const TENSOR_BYTES = { same: 16, predicted: 24, alone: 14 } as const;
const OTHER_NAME_BYTES = 10;
const RECORD_BYTES = 56;
/** Elements up to which tensors share records. */
const BUNDLED_ELEMENTS = 16_384;
/** Sampled elements that are looked at, about: a fraction of what the sketch of a large model holds. */
const LOOKED_AT = 1 << 17;
/** Share of the bytes at which confidence is one half. */
const HALF_SURE = 0.05;
/** Share of the bytes by which the counting itself is off, about. */
const METHOD = 0.005;

/**
 * Predicts the bytes of a model's delta from sketches alone: the symbols that the encoder would make of the sampled
 * elements are counted, and what was not sampled is taken to be like them.
 * @param parent null: stored alone
 * @param elements sampled elements that are looked at, about; fewer is faster and less sure
 */
export function predictStored(
  child: ModelSketch,
  parent: ModelSketch | null,
  elements = LOOKED_AT,
): Prediction {
  const counter = new SymbolCounter();
  const sampled = child.tensors.reduce((sum, { values }) => sum + values.length, 0);
  const share = Math.min(1, elements / Math.max(1, sampled));
  let doubts = 0;
  let bits = 0;
  let bytes = EMPTY_BYTES + new Set(child.others.map(({ file }) => file)).size * FILE_BYTES;
  for (const pair of pairTensors(child, parent)) {
    const outcome = predictTensor(counter, pair, share);
    bits += outcome.bits;
    doubts += (outcome.doubt / 8) ** 2;
    bytes += indexBytes(pair, outcome.unchanged);
  }
  for (const other of child.others) {
    const match = matchOther(child, parent, other);
    if (match !== 'same') bytes += other.packed;
  }
  bytes += (bits + counter.bits()) / 8;
  const off = METHOD + Math.sqrt(doubts) / bytes;
  return { bytes: Math.round(bytes), confidence: 1 / (1 + off / HALF_SURE) };
}

function indexBytes({ child, parent }: TensorPair, unchanged: boolean): number {
  if (!parent || unchanged) {
    const renamed = parent && parent.name !== child.name ? OTHER_NAME_BYTES : 0;
    const own = unchanged ? TENSOR_BYTES.same : TENSOR_BYTES.alone + recordBytes(child);
    return own + renamed;
  }
  return TENSOR_BYTES.predicted + recordBytes(child);
}

function recordBytes({ shape, length }: TensorSketch): number {
  return elementCount(shape) > BUNDLED_ELEMENTS ? Math.ceil(length / CHUNK_BYTES) * RECORD_BYTES : 0;
}

function predictTensor(
  counter: SymbolCounter,
  { child, parent, same }: TensorPair,
  share: number,
): TensorOutcome {
  if (
    same ||
    (child.digest !== undefined && child.digest === parent?.digest && child.length === parent.length)
  ) {
    return { unchanged: true, bits: 0, doubt: 0 };
  }
  if (child.length === 0) return { unchanged: true, bits: 0, doubt: 0 };
  if (!isRaw(child) && child.dtype !== 'F64') return countTensor(counter, child, parent, share);
  const bits = rawBits(child, parent);
  return { unchanged: bits === 0, bits, doubt: bits / Math.sqrt(Math.max(1, child.bytes.length)) };
}
