import {
  CHUNK_BYTES,
  gridBytes,
  gridOf,
  matrixOf,
  packAny,
  writeScales,
  type Grid,
} from '../codecs/index.ts';
import type { TensorCoder } from '../codecs/lossy/index.ts';
import { Gate, inWindow } from '../pool/index.ts';
import type { PredictorInput } from '../predictors/index.ts';
import type { Source, SourceSegment } from '../sources/index.ts';
import type { Control } from '../streams.ts';
import { USUAL_SIZE } from './bundles.ts';
import type { CreateProgress } from './create-progress.ts';
import type { CreateRequest, CreateResult, LossyResult } from './create-request.ts';
import { elementChunks, encodeElements, type EncodedChunk } from './encode-elements.ts';
import { encodeBatch, kindOfChunk, type EncodedBatch, type PendingChunk } from './encode-batch.ts';
import type { GridTensor } from './grid-tensor.ts';
import type { DeltaContents, DeltaSegment, SegmentChange } from './index-types.ts';
import type { LossyEncoder } from './lossy-encoder.ts';
import { LossyHashes } from './lossy-hashes.ts';
import { lossyFiles } from './lossy-segments.ts';
import type { ApproximateTensor } from './lossy-tensors.ts';
import {
  copiesBytes,
  isLossy,
  keepsDigest,
  noTables,
  plainCodecs,
  recordHeaderBytes,
  unitCount,
} from './layout.ts';
import { maxChunkBytes } from './limits.ts';
import type { Matcher } from './match.ts';
import { ParentTable } from './parent-table.ts';
import { mayBeSafetensorsHeader, packText, textBeforeTensors } from './safetensors-header.ts';
import { settleBatch, storedScales } from './settle-batch.ts';
import { survey, type Change, type Survey } from './survey.ts';
import { DeltaWriter } from './writer.ts';

/** Bytes of dense chunks that share tables and are in memory together. */
const BATCH_BYTES = 16 << 20;
/** Chunks of any kind in a batch at most. */
const BATCH_CHUNKS = 4096;
/** Segments that are read while one is computed, and bytes of them. */
const SEGMENTS_AHEAD = 4;
const BYTES_AHEAD = 8 << 20;
/** Elements up to which a floating-point tensor is coded together with others. */
const BUNDLED_ELEMENTS = 16_384;
/** Relative norm of the change from which equal bytes are looked for under other names. */
const FAR = 0.5;
/** Bytes up to which another segment is packed together with others. */
const PACKED_BYTES = 1024;
/** Significant digits of the figures that are kept for people. */
const SHARE_DIGITS = 3;
const FIGURE_DIGITS = 2;
/** Bytes of a header's text that are kept rather than taken from a parent. */
const HEADER_BYTES = 4096;
/** Segments in one such record at most. */
const PACKED_SEGMENTS = 4096;
/** Chunks of a segment on no grid that are coded before they are written. */
const CHUNKS_AT_ONCE = 16;
/** Units from which a run of unchanged chunks is ended: its record counts in 32 bits. */
const LONGEST_RUN = 2 ** 31;

/** Recipe of a segment with the bytes of its input. */
const COPIED = { predictor: 'same', version: 0, coded: false } as const;

/** A chunk on its way into the file. */
interface Outgoing {
  readonly segment: SourceSegment;
  readonly chunk: EncodedChunk;
  readonly tables: number;
}

/** Codes the segments of one child in order, and writes what comes of them in order. */
export class Encoder {
  readonly #request: CreateRequest;
  readonly #matcher: Matcher;
  readonly #progress: CreateProgress;
  readonly #identified: Promise<void>;
  readonly #control: Control;
  readonly #writer: DeltaWriter;
  readonly #gate: Gate;
  readonly #parents = new ParentTable();
  readonly #notes: Note[] = [];
  readonly #scales = new Map<number, { object: number; place: number }>();
  /** Numbers of the segments of which a chunk is coded by their prediction, if they have one. */
  readonly #predicted = new Set<number>();
  readonly #surveys = new Map<number, Promise<Survey>>();
  /** Segments before this one need not be looked at ahead. */
  #begun = 0;
  #pending: PendingChunk[] = [];
  #pendingBytes = 0;
  #collectedBytes = 0;
  readonly #collected: { segment: SourceSegment; bytes: Uint8Array }[] = [];
  #written: Promise<void> = Promise.resolve();
  #unchanged: Outgoing | undefined;
  readonly #lossy: { readonly encoder: LossyEncoder; readonly hashes: LossyHashes } | undefined;
  /** Number of the side object with the tables of approximated chunks, once it is written. */
  #lossyTables: number | undefined;
  #lossySharedBytes = 0;

  constructor(
    request: CreateRequest,
    control: Control,
    progress: CreateProgress,
    identified: Promise<void>,
    matcher: Matcher,
    lossy?: { readonly encoder: LossyEncoder; readonly hashes: LossyHashes },
  ) {
    this.#progress = progress;
    this.#identified = identified;
    this.#request = request;
    this.#matcher = matcher;
    this.#lossy = lossy;
    this.#control = control;
    this.#writer = new DeltaWriter(request.sink, lossy ? 1 : 0);
    this.#gate = new Gate(request.pool.threads > 1 ? 2 : 1);
  }

  async run(): Promise<CreateResult> {
    const { child } = this.#request;
    try {
      for (const segment of child.segments) {
        this.#control.signal?.throwIfAborted();
        this.#lookAhead(segment.number);
        await this.#encodeSegment(segment);
      }
      await this.#flush();
      await this.#pack();
    } finally {
      for (const { loaded } of this.#pending) loaded?.free();
      for (const begun of this.#surveys.values()) (await begun.catch(() => undefined))?.kept.free();
      await this.#gate.settle();
    }
    await this.#endRun();
    await this.#identified;
    await this.#lossy?.hashes.end();
    const { bytes } = await this.#writer.finish(await this.#contents());
    return {
      originalBytes: child.files.reduce((sum, file) => sum + file.size, 0),
      storedBytes: bytes,
      overheadBytes: this.#writer.overheadBytes,
      tensors: this.#counts(),
      ...this.#lossyResult(),
    };
  }

  #lossyResult(): { lossy?: LossyResult } {
    const { encoder } = this.#lossy ?? {};
    if (!encoder || encoder.figures.tensors.length === 0) return {};
    const { total, tensors } = encoder.figures;
    const weights = tensors.reduce((sum, tensor) => sum + tensor.weights, 0);
    const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, this.#lossySharedBytes);
    return { lossy: { codec: encoder.choice.text, weights, bytes, ...total, tensors } };
  }

  #counts(): CreateResult['tensors'] {
    const notes = this.#notes
      .filter(({ segment }) => segment.kind === 'tensor')
      .map((note) => this.#asUsed(note));
    const unchanged = notes.filter(({ recipe }) => !recipe.coded && copiesBytes(recipe)).length;
    const alone = notes.filter(({ recipe }) => recipe.predictor === 'none').length;
    return { total: notes.length, unchanged, predicted: notes.length - unchanged - alone, alone };
  }

  async #encodeSegment(segment: SourceSegment): Promise<void> {
    if (await this.#encodeHeader(segment)) return;
    const approximated = await this.#lossy?.encoder.find(segment);
    if (approximated) {
      await this.#approximate(approximated.tensor, approximated.coder);
      return;
    }
    const named = this.#matcher.byName(segment);
    if (!named) {
      const same = await this.#matcher.byContent(segment);
      if (same) {
        this.#noteSame(segment, same);
        return;
      }
    }
    const input = named ?? (await this.#matcher.byLikeness(segment));
    const grid = segment.tensor && segment.length > 0 ? gridOf(segment.tensor) : undefined;
    if (grid) await this.#encodeGrid(segment, grid, input);
    else if (input && (await this.#equals(segment, input))) this.#noteSame(segment, input);
    else if (segment.length > 0 && segment.length <= PACKED_BYTES) await this.#collect(segment);
    else await this.#encodeOther(segment, input);
  }

  /**
   * Codes the header of a safetensors file from what the index says of its tensors: a parent that was saved again
   * with another header, or in other shards, still serves.
   * @returns whether it is such a header, and the text beside it is short
   */
  async #encodeHeader(segment: SourceSegment): Promise<boolean> {
    const { child } = this.#request;
    if (!mayBeSafetensorsHeader(child.files, segment) || segment.length > maxChunkBytes) return false;
    const before = textBeforeTensors(child, segment, await bytesOf(child, segment));
    const payload = before && packText(before);
    if (!payload || payload.length > HEADER_BYTES) return false;
    const recipe = { predictor: 'none', version: 0, coded: true } as const;
    this.#notes.push({ segment, recipe, change: roundedChange(undefined) });
    const chunk = { first: 0, count: segment.length, codec: 'safetensors', payload } as const;
    await this.#inOrder(
      () => Promise.resolve(),
      async () => {
        await this.#write({ segment, chunk, tables: noTables });
        this.#progress.encoded(segment.length);
      },
    );
    return true;
  }

  /** Codes a tensor by an approximation; what a reader will get is hashed and compared on the way. */
  async #approximate(tensor: ApproximateTensor, coder: TensorCoder): Promise<void> {
    const { encoder, hashes } = this.#lossy ?? {};
    if (!encoder || !hashes) throw new Error('what is approximated has a codec');
    const { segment, input, stored, inputGrid, share, largest, energies, predictions, name } = tensor;
    const predictor = stored === inputGrid ? 'same' : 'cast';
    const square = energies.rows.reduce((sum, value) => sum + value, 0);
    const norm = predictions > 0 ? Math.sqrt(square / predictions) : null;
    const change = roundedChange({ share, norm, largest });
    this.#notes.push({ segment, recipe: { predictor, version: 0, coded: true }, input, change });
    for (const range of encoder.ranges(tensor, coder)) {
      this.#control.signal?.throwIfAborted();
      await this.#inOrder(
        () => encoder.encode(tensor, coder, range),
        async ({ chunk, decoded, sums }) => {
          await this.#writeShared(encoder);
          await hashes.add(segment, range.first, decoded);
          const approximated = isLossy(chunk.codec);
          if (approximated) this.#predicted.add(segment.number);
          const size = { weights: range.count, payloadBytes: chunk.payload.length };
          encoder.figures.add(segment.number, name, { ...size, approximated }, sums);
          const tables = approximated ? (this.#lossyTables ?? noTables) : noTables;
          await this.#write({ segment, chunk, tables });
          this.#progress.encoded(decoded.length);
        },
      );
    }
  }

  /** Writes what approximated chunks share, before the first of them. */
  async #writeShared(encoder: LossyEncoder): Promise<void> {
    if (this.#lossyTables !== undefined) return;
    this.#lossyTables = noTables;
    const { tables, scales } = await encoder.shared();
    if (scales.length > 0) {
      const bytes = writeScales(scales.map((each) => each.scales));
      const object = await this.#writer.sideObject('scales', bytes);
      for (const [place, { segment }] of scales.entries()) this.#scales.set(segment, { object, place });
      this.#lossySharedBytes += bytes.length + recordHeaderBytes;
    }
    if (!tables) return;
    this.#lossyTables = await this.#writer.sideObject('tables', tables);
    this.#lossySharedBytes += tables.length + recordHeaderBytes;
  }

  /** Whether a short segment equals its input; of long ones the chunks tell. */
  async #equals(segment: SourceSegment, input: PredictorInput): Promise<boolean> {
    if (segment.length !== input.segment.length || segment.length > CHUNK_BYTES) return false;
    const [after, before] = [
      await bytesOf(this.#request.child, segment),
      await bytesOf(input.source, input.segment),
    ];
    return Buffer.compare(after, before) === 0;
  }

  #noteSame(segment: SourceSegment, input: PredictorInput, recipe: DeltaSegment['recipe'] = COPIED): void {
    this.#notes.push({ segment, recipe, input, change: { share: 0, norm: 0, largest: 0 } });
    this.#progress.encoded(segment.length);
  }

  /** Begins the surveys of the tensors that come next: while one is computed, others are read. */
  #lookAhead(from: number): void {
    const { child } = this.#request;
    let bytes = 0;
    for (const segment of child.segments.slice(from, from + SEGMENTS_AHEAD)) {
      bytes += segment.length;
      if (bytes > BYTES_AHEAD && segment.number > from) return;
      const input = this.#matcher.byName(segment);
      const grid = segment.tensor && gridOf(segment.tensor);
      if (!input || !grid || segment.number < this.#begun) continue;
      this.#begun = segment.number + 1;
      const begun = this.#survey(segment, grid, input);
      begun.catch(() => undefined);
      this.#surveys.set(segment.number, begun);
    }
  }

  #survey(segment: SourceSegment, stored: Grid, input: PredictorInput | undefined): Promise<Survey> {
    const inputGrid = input?.segment.tensor && gridOf(input.segment.tensor);
    const tensor: GridTensor = {
      source: this.#request.child,
      segment,
      stored,
      matrix: matrixOf(segment.tensor?.shape ?? []),
      inputs: input && inputGrid ? [input] : [],
      inputGrids: inputGrid ? [inputGrid] : [],
    };
    return survey(this.#request.pool, tensor, this.#control.signal);
  }

  async #encodeGrid(segment: SourceSegment, type: Grid, input: PredictorInput | undefined): Promise<void> {
    const begun = this.#surveys.get(segment.number) ?? this.#survey(segment, type, input);
    this.#surveys.delete(segment.number);
    const found = await begun;
    try {
      await this.#encodeSurveyed(found, type, input);
    } finally {
      // What was not handed on.
      found.kept.free();
    }
  }

  async #encodeSurveyed(found: Survey, type: Grid, input: PredictorInput | undefined): Promise<void> {
    const { segment } = found.tensor;
    const { predictor, version, grid } = found.recipe;
    const other = await this.#elsewhere(segment, input, found);
    if (other) {
      this.#noteSame(segment, other);
      return;
    }
    if (input && isCast(found)) {
      this.#noteSame(segment, input, { predictor, version, ...(grid && { grid }), coded: false });
      return;
    }
    const kinds = found.chunks.map(({ range, changed }) => kindOfChunk(range, changed));
    const bundled = kinds.length === 1 && kinds[0] === 'dense' && unitCount(segment) <= BUNDLED_ELEMENTS;
    const recipe = { predictor, version, ...(grid && { grid }), coded: true, ...(bundled && { bundled }) };
    const used = predictor === 'none' ? undefined : input;
    this.#notes.push({ segment, recipe, ...(used && { input: used }), change: roundedChange(found.change) });
    for (const [index, { range }] of found.chunks.entries()) {
      const kind = kinds[index] ?? 'dense';
      // What makes a batch full; of long tensors only what must be in memory together, kept before or not.
      const counts = kind === 'dense' || kinds.length === 1;
      const loaded = counts ? found.kept.take(range.first) : undefined;
      this.#pending.push({ survey: found, range, kind, bundled, loaded });
      this.#pendingBytes += counts ? range.count * gridBytes[type] : 0;
      if (this.#pendingBytes >= BATCH_BYTES || this.#pending.length >= BATCH_CHUNKS) await this.#flush();
    }
  }

  /** The segment that a surveyed tensor equals: the one of its name or, where that is far off, any other. */
  async #elsewhere(
    segment: SourceSegment,
    input: PredictorInput | undefined,
    { recipe, chunks, change }: Survey,
  ): Promise<PredictorInput | undefined> {
    if (!input) return undefined;
    const asPredicted = recipe.predictor !== 'none' && chunks.every(({ changed }) => changed === 0);
    if (asPredicted && recipe.predictor === 'same' && !recipe.grid) return input;
    // On a narrower grid the prediction was rounded: only the bytes tell.
    const unclear = asPredicted && recipe.grid !== undefined;
    const far = recipe.predictor === 'none' || (change?.norm ?? 0) > FAR;
    return unclear || far ? await this.#matcher.byContent(segment) : undefined;
  }

  /** Hands the waiting chunks to the pool. */
  async #flush(): Promise<void> {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    this.#pendingBytes = 0;
    const { pool } = this.#request;
    const waiting = new Set(pending);
    const encode = (): Promise<EncodedBatch> => {
      waiting.clear();
      return encodeBatch(pool, pending, this.#control.signal);
    };
    const isStored = ({ tensor }: Survey): boolean => this.#scales.has(tensor.segment.number);
    const written = this.#inOrder(encode, async (batch) => {
      const { scaled, usesTables: anyTables, records } = await settleBatch(batch, isStored);
      const scales = scaled.map((each) => storedScales(each));
      const object = scaled.length > 0 ? await this.#writer.sideObject('scales', writeScales(scales)) : -1;
      for (const [place, { tensor }] of scaled.entries()) {
        this.#scales.set(tensor.segment.number, { object, place });
      }
      const shared = anyTables ? await this.#writer.sideObject('tables', batch.tables) : noTables;
      for (const { surveys, chunk, bytes, usesTables } of records) {
        const [segment] = surveys.map(({ tensor }) => tensor.segment);
        if (!segment) throw new Error('a record is of a tensor');
        const stored = chunk.codec === 'stored' || (chunk.codec === 'bundle' && !usesTables);
        if (!stored) for (const { tensor } of surveys) this.#predicted.add(tensor.segment.number);
        await this.#write({ segment, chunk, tables: usesTables ? shared : noTables });
        this.#progress.encoded(bytes);
      }
    });
    try {
      await written;
    } finally {
      // Work before this failed: nobody else knows of these elements any more.
      for (const { loaded } of waiting) loaded?.free();
    }
  }

  /** Keeps a small segment until there are enough of them for a record. */
  async #collect(segment: SourceSegment): Promise<void> {
    const recipe = { predictor: 'none', version: 0, coded: true, bundled: true } as const;
    this.#notes.push({ segment, recipe, change: { share: 1, norm: null, largest: null } });
    this.#collected.push({ segment, bytes: await bytesOf(this.#request.child, segment) });
    this.#collectedBytes += segment.length;
    const full = this.#collectedBytes >= USUAL_SIZE.pack || this.#collected.length >= PACKED_SEGMENTS;
    if (full) await this.#pack();
  }

  /** Hands the collected small segments on as one record. */
  async #pack(): Promise<void> {
    const collected = this.#collected.splice(0);
    this.#collectedBytes = 0;
    const [first] = collected;
    if (!first) return;
    const bytes = Buffer.concat(collected.map((each) => each.bytes));
    const chunk = { first: 0, count: collected.length, codec: 'pack', payload: packAny(bytes) } as const;
    await this.#inOrder(
      () => Promise.resolve(),
      async () => {
        await this.#write({ segment: first.segment, chunk, tables: noTables });
        this.#progress.encoded(bytes.length);
      },
    );
  }

  async #encodeOther(segment: SourceSegment, input: PredictorInput | undefined): Promise<void> {
    const recipe = { predictor: input ? 'same' : 'none', version: 0, coded: true } as const;
    const note: Note = {
      segment,
      recipe,
      ...(input && { input }),
      change: { share: 0, norm: null, largest: null },
    };
    this.#notes.push(note);
    const ranges = elementChunks(segment);
    const { pool, child } = this.#request;
    for (let at = 0; at < ranges.length; at += CHUNKS_AT_ONCE) {
      const group = ranges.slice(at, at + CHUNKS_AT_ONCE);
      await this.#inOrder(
        () =>
          inWindow(group, pool.threads, (range) => {
            this.#control.signal?.throwIfAborted();
            return encodeElements(pool, child, segment, input, range);
          }),
        async (encoded) => {
          for (const { chunk, changed } of encoded) {
            note.change = { ...note.change, share: note.change.share + changed / unitCount(segment) };
            if (!plainCodecs.has(chunk.codec)) this.#predicted.add(segment.number);
            await this.#write({ segment, chunk, tables: noTables });
            this.#progress.encoded((segment.length / unitCount(segment)) * chunk.count);
          }
        },
      );
    }
  }

  /** Starts work when the gate has a place; what it gives is written after all that was started before. */
  async #inOrder<Result>(
    work: () => Promise<Result>,
    write: (result: Result) => Promise<void>,
  ): Promise<void> {
    await this.#gate.enter(async () => {
      const before = this.#written;
      const written = work().then(async (result) => {
        await before;
        await write(result);
      });
      this.#written = written;
      await written;
    });
  }

  /** Writes a chunk; neighbouring unchanged ones become one record. */
  async #write(outgoing: Outgoing): Promise<void> {
    const run = this.#unchanged;
    const { segment, chunk } = outgoing;
    if (run && chunk.codec === 'unchanged' && run.segment === segment && run.chunk.count < LONGEST_RUN) {
      const { first, count } = run.chunk;
      this.#unchanged = { ...run, chunk: { ...run.chunk, first, count: count + chunk.count } };
      return;
    }
    await this.#endRun();
    if (chunk.codec === 'unchanged') this.#unchanged = outgoing;
    else await this.#put(outgoing);
  }

  async #endRun(): Promise<void> {
    const run = this.#unchanged;
    this.#unchanged = undefined;
    if (run) await this.#put(run);
  }

  async #put({ segment, chunk, tables }: Outgoing): Promise<void> {
    const { codec, first, count, payload } = chunk;
    await this.#writer.chunk({ segment: segment.number, codec, first, count, tables, payload });
  }

  /** A segment whose chunks are all stored as they are needs no input after all. */
  #asUsed(note: Note): Note {
    const { segment, recipe, change } = note;
    if (!recipe.coded || recipe.predictor === 'none' || this.#predicted.has(segment.number)) return note;
    const { bundled } = recipe;
    const alone = { predictor: 'none', version: 0, coded: true, ...(bundled && { bundled }) } as const;
    return { segment, recipe: alone, change };
  }

  async #contents(): Promise<DeltaContents> {
    const { child, metadata, writer, level } = this.#request;
    const segments: DeltaSegment[] = [];
    for (const note of this.#notes) {
      const { segment, recipe, input, change } = this.#asUsed(note);
      const scales = this.#scales.get(segment.number);
      const digested = keepsDigest(segment.length) && (recipe.coded || copiesBytes(recipe));
      segments.push({
        ...segment,
        ...(digested && {
          digest: this.#lossy?.hashes.digest(segment) ?? (await child.digest(segment)),
        }),
        recipe,
        change: { ...change, share: rounded(Math.min(1, change.share), SHARE_DIGITS) },
        ...(input && { input: this.#parents.use(input) }),
        ...(scales && { scales }),
      });
    }
    const files: DeltaContents['files'][number][] = [];
    for (const file of child.files) {
      const kept = metadata.files.get(file.path);
      const sha256 = this.#lossy?.hashes.sha256(file) ?? (await child.sha256(file));
      files.push({ ...file, sha256, ...kept });
    }
    const { kind, folders, links } = metadata;
    const parents = await this.#parents.describe();
    const lossy = await this.#lossyNote();
    return {
      ...{ writer, level, name: child.name, kind, parents, files, links, folders, segments },
      ...(lossy && { lossy }),
    };
  }

  async #lossyNote(): Promise<DeltaContents['lossy']> {
    const { encoder } = this.#lossy ?? {};
    if (!encoder) return undefined;
    const { child } = this.#request;
    const numbers = encoder.figures.tensors.map(({ segment }) => segment);
    const originals: string[] = [];
    for (const file of lossyFiles(child.files, numbers)) originals.push(await child.sha256(file));
    return numbers.length > 0 ? encoder.figures.note(encoder.choice.text, originals) : undefined;
  }
}

async function bytesOf(source: Source, segment: SourceSegment): Promise<Uint8Array> {
  const bytes = new Uint8Array(segment.length);
  await source.read(segment, 0, bytes);
  return bytes;
}

/** What is known of a segment when its chunks have been handed on. */
interface Note {
  readonly segment: SourceSegment;
  readonly recipe: DeltaSegment['recipe'];
  readonly input?: PredictorInput;
  change: SegmentChange;
}

/** Whether a tensor is all as predicted, by a cast of each element. */
function isCast({ recipe, chunks }: Survey): boolean {
  const cast = recipe.predictor === 'cast' || recipe.predictor === 'same';
  return cast && chunks.every(({ changed }) => changed === 0);
}

function roundedChange(change: Change | undefined): SegmentChange {
  if (!change) return { share: 1, norm: null, largest: null };
  const { norm, largest } = change;
  return {
    share: change.share,
    norm: norm === null ? null : rounded(norm, FIGURE_DIGITS),
    largest: largest === null ? null : rounded(largest, FIGURE_DIGITS),
  };
}

/** So many significant digits. */
function rounded(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}
