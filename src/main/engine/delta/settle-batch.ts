import { gridBytes, writeScales } from '../codecs/index.ts';
import type { EncodedBatch, EncodedRecord } from './encode-batch.ts';
import type { EncodedChunk } from './encode-elements.ts';
import type { Survey } from './survey.ts';

// Coding pays only where payloads, scales and tables together are fewer bytes than the elements as they are. That is
// known when a batch is written: then it is settled whose scales are in the file already.

/** A record as it goes into the file. */
export interface SettledRecord {
  /** The tensor of the chunk, or those of a bundle. */
  readonly surveys: readonly Survey[];
  readonly chunk: EncodedChunk;
  /** Bytes of the model that it stands for. */
  readonly bytes: number;
  readonly usesTables: boolean;
}

export interface SettledBatch {
  readonly records: readonly SettledRecord[];
  /** Tensors whose scales are needed from this batch on. */
  readonly scaled: readonly Survey[];
  readonly usesTables: boolean;
}

/** Bytes that the scales of a row or column take at most, nearly always. */
const SCALE_BYTES = 4;

/**
 * Decides which records are stored as they are.
 * @param isStored whether the scales of a tensor are in the file already
 */
export async function settleBatch(
  { records, tables }: EncodedBatch,
  isStored: (survey: Survey) => boolean,
): Promise<SettledBatch> {
  const coded = new Set<EncodedRecord>();
  const scaled = new Set<Survey>();
  let gain = 0;
  for (const [first, dense] of groupsOf(records)) {
    const missing = first.surveys.filter((survey) => !isStored(survey));
    const worth = dense.filter((record) => gainOf(record) > 0);
    const saved = worth.reduce((sum, record) => sum + gainOf(record), 0);
    const needed = needsFactor(first, records);
    const cost = needed ? 0 : scaleBytes(missing, saved);
    if (needed) for (const survey of missing) scaled.add(survey);
    if (saved <= cost) continue;
    gain += saved - cost;
    for (const record of worth) coded.add(record);
  }
  const usesTables = gain > tables.length;
  if (!usesTables) coded.clear();
  for (const { surveys } of coded) for (const each of surveys) if (!isStored(each)) scaled.add(each);
  const settled: SettledRecord[] = [];
  for (const record of records) {
    const { surveys, chunk, bytes, isDense } = record;
    const asItIs = isDense && !coded.has(record);
    const final = asItIs ? await storedChunk(record) : chunk;
    settled.push({ surveys, chunk: final, bytes, usesTables: isDense && !asItIs });
  }
  // In the order of the index, which then need not say where the scales of each lie.
  const inOrder = [...scaled].sort((a, b) => a.tensor.segment.number - b.tensor.segment.number);
  return { records: settled, scaled: inOrder, usesTables };
}

/** The dense records of one tensor each, or a bundle, with the first of them. */
function groupsOf(records: readonly EncodedRecord[]): [EncodedRecord, EncodedRecord[]][] {
  const groups = new Map<Survey | undefined, [EncodedRecord, EncodedRecord[]]>();
  for (const record of records) {
    const [survey] = record.surveys;
    const group = groups.get(survey);
    const dense = record.isDense ? [record] : [];
    if (group) group[1].push(...dense);
    else groups.set(survey, [record, dense]);
  }
  return [...groups.values()];
}

/** Whether a chunk that is not dense needs the factor, which stands beside the scales. */
function needsFactor({ surveys: [survey] }: EncodedRecord, records: readonly EncodedRecord[]): boolean {
  if (survey?.recipe.predictor !== 'scaled') return false;
  return records.some(({ surveys, isDense }) => !isDense && surveys[0] === survey);
}

function gainOf({ bytes, chunk }: EncodedRecord): number {
  return bytes - chunk.payload.length;
}

/** Bytes of the scales of some tensors, as far as they matter beside `saved`. */
function scaleBytes(surveys: readonly Survey[], saved: number): number {
  const scales = surveys.map((survey) => storedScales(survey));
  const count = scales.reduce((sum, { rows, columns }) => sum + rows.length + columns.length, 0);
  if (count * SCALE_BYTES < saved || saved <= 0) return 0;
  return writeScales(scales).length;
}

/** The scales of a tensor with what else is stored of it. */
export function storedScales({ scales, recipe }: Survey): Parameters<typeof writeScales>[0][number] {
  return { ...scales, ...(recipe.alpha !== undefined && { factor: recipe.alpha }) };
}

/** The elements as they are in the file. */
async function storedChunk({ surveys, chunk, bytes }: EncodedRecord): Promise<EncodedChunk> {
  const payload = new Uint8Array(bytes);
  const { first, count, codec } = chunk;
  if (codec === 'bundle') {
    let at = 0;
    for (const { tensor } of surveys) {
      const { source, segment } = tensor;
      await source.read(segment, 0, payload.subarray(at, at + segment.length));
      at += segment.length;
    }
    return { first, count, codec, payload };
  }
  const tensor = surveys[0]?.tensor;
  if (!tensor) throw new Error('a chunk is of a tensor');
  await tensor.source.read(tensor.segment, first * gridBytes[tensor.stored], payload);
  return { first, count, codec: 'stored', payload };
}
