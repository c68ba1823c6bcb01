import {
  CHUNK_BYTES,
  DecodingTables,
  decodePlanes,
  decodeResidual,
  decodeSparse,
  gridBytes,
  gridOf,
  matrixOf,
  readScales,
  ScaleSlots,
  SharedValues,
  SlotSet,
  unpackBytes,
  unpackAny,
  type Grid,
  type Matrix,
  type Range,
  type ResidualChunk,
  type StoredScales,
} from '../codecs/index.ts';
import { LevelTables, type LossyMethod } from '../codecs/lossy/index.ts';
import type { Pool, Slot } from '../pool/index.ts';
import { factorOf, predictBytes, predictOnGrid, type PredictorInput } from '../predictors/index.ts';
import { DeltashelfError } from '../../../shared/index.ts';
import { approximate } from './approximate.ts';
import { segmentsOf } from './bundles.ts';
import { sparseView } from './encode-elements.ts';
import { widened } from './grid-tensor.ts';
import type { ChunkRecord, DeltaSegment } from './index-types.ts';
import { copiesBytes, isLossy, noTables, plainCodecs, unitBytes, unitCount } from './layout.ts';
import type { DeltaFile } from './reader.ts';
import { unpackText, writeSafetensorsHeader } from './safetensors-header.ts';

/** A run of a segment that is decoded at once: about 1 MiB, within one record or within an unchanged stretch. */
export interface Piece extends Range {
  readonly segment: DeltaSegment;
  /** Absent where the whole segment equals its input. */
  readonly record?: ChunkRecord;
}

/** The bytes of a piece; they may lie in shared memory, and are of no more use once they are freed. */
export interface DecodedPiece {
  readonly bytes: Uint8Array;
  free(): void;
}

/** Finds the segment of a parent that an index means. */
export type InputResolver = (input: { parent: number; segment: number }) => PredictorInput;

/** Scales of the tensors of one side object, in shared memory. */
class ScaleGroup {
  readonly #members: { slots: ScaleSlots; factor: number | undefined }[] = [];

  constructor(pool: Pool, list: readonly StoredScales[]) {
    try {
      for (const scales of list) {
        this.#members.push({ slots: new ScaleSlots(pool, scales), factor: scales.factor });
      }
    } catch (error) {
      this.free();
      throw error;
    }
  }

  at(place: number): { slots: ScaleSlots; factor: number | undefined } {
    const member = this.#members[place];
    if (!member) throw new Error('every scaled segment has a place among the scales of its object');
    return member;
  }

  free(): void {
    for (const { slots } of this.#members) slots.free();
  }
}

/** A piece with its prediction, on the grid on which it was coded. */
interface PreparedPiece {
  readonly piece: Piece;
  readonly grid: Grid;
  readonly prediction: Slot | undefined;
  /** The slot for its elements; the same each time. */
  readonly child: () => Slot;
}

/** Decoded bundles that are kept: their segments lie scattered among larger ones. */
const KEPT_BUNDLES = 16;
/** Side objects that are kept ready though no chunk needs them at the moment. */
const IDLE_OBJECTS = 4;

/** Gives pieces of a delta's segments back. Safe to use from several pieces of work at once. */
export class Decoder {
  readonly #pool: Pool;
  readonly #delta: DeltaFile;
  readonly #resolve: InputResolver;
  readonly #tables = new SharedValues<number, DecodingTables>(IDLE_OBJECTS);
  readonly #levelTables = new SharedValues<number, LevelTables>(IDLE_OBJECTS);
  readonly #scales = new SharedValues<number, ScaleGroup>(IDLE_OBJECTS);
  readonly #bundles = new Map<ChunkRecord, Promise<Map<number, Uint8Array>>>();

  constructor(pool: Pool, delta: DeltaFile, resolve: InputResolver) {
    this.#pool = pool;
    this.#delta = delta;
    this.#resolve = resolve;
  }

  /** The pieces of a segment, in order. */
  pieces(segment: DeltaSegment): Piece[] {
    if (segment.length === 0) return [];
    if (!segment.recipe.coded) return split({ segment, first: 0, count: unitCount(segment) });
    return (this.#delta.index.chunks[segment.number] ?? []).flatMap((record) => {
      const bundled = segment.recipe.bundled === true;
      const { first, count } = bundled ? { first: 0, count: unitCount(segment) } : record;
      const piece = { segment, record, first, count };
      return record.codec === 'unchanged' ? split(piece) : [piece];
    });
  }

  /**
   * Decodes a piece.
   * @returns its bytes, for the caller to free
   * @throws DeltashelfError `delta-damaged`, or what a parent throws
   */
  async decode(piece: Piece): Promise<DecodedPiece> {
    const { segment, record } = piece;
    const width = unitBytes(segment);
    const grid = segment.tensor && gridOf(segment.tensor);
    if (!record || record.codec === 'unchanged') {
      // Equal bytes, whatever the two segments take them for; or else each element as predicted.
      const bytes = !grid || (!record && copiesBytes(segment.recipe));
      return bytes ? await this.#onBytes(piece, width) : await this.#onGrid(piece, grid);
    }
    if (segment.recipe.bundled) return unshared(await this.#fromBundle(piece, record));
    if (grid && isLossy(record.codec)) return await this.#approximated(piece, grid, record, record.codec);
    if (grid && !plainCodecs.has(record.codec)) return await this.#onGridRecord(piece, grid, record);
    const { payload } = await this.#delta.read(record);
    const bytes = piece.count * width;
    if (record.codec === 'stored') {
      if (payload.length !== bytes) throw this.#damaged(piece);
      return unshared(payload);
    }
    if (record.codec === 'safetensors') {
      const before = unpackText(payload, bytes);
      const header = before && writeSafetensorsHeader(this.#delta.index, segment, before);
      if (!header) throw this.#damaged(piece);
      return unshared(header);
    }
    if (record.codec === 'zstd' || record.codec === 'brotli') {
      const unpacked = unpackBytes({ codec: record.codec, payload }, bytes);
      if (!unpacked) throw this.#damaged(piece);
      return unshared(unpacked);
    }
    return await this.#onBytes(piece, width, payload);
  }

  /** Frees what is kept ready. */
  async close(): Promise<void> {
    await this.#tables.free();
    await this.#levelTables.free();
    await this.#scales.free();
  }

  #inputs(segment: DeltaSegment): PredictorInput[] {
    return segment.input ? [this.#resolve(segment.input)] : [];
  }

  async #onBytes(piece: Piece, width: number, payload?: Uint8Array): Promise<DecodedPiece> {
    const { segment, record, first, count } = piece;
    const bytes = count * width;
    const slots = new SlotSet();
    try {
      const parent = await predictBytes(this.#pool, this.#inputs(segment), first * width, bytes);
      if (parent) slots.keep(parent);
      if (!payload) {
        if (!parent) throw this.#damaged(piece);
        return shared(slots.release(parent), bytes);
      }
      if (record?.codec === 'sparse') {
        if (!parent || width === 8 || !decodeSparse(payload, sparseView(parent, bytes, width))) {
          throw this.#damaged(piece);
        }
        return shared(slots.release(parent), bytes);
      }
      const child = slots.keep(this.#pool.memory.allocate(bytes));
      const chunk = { child, ...(parent && { parent }), count, width: width as 1 | 2 | 4 | 8 };
      if (record?.codec !== 'planes' || !(await decodePlanes(this.#pool, chunk, payload))) {
        throw this.#damaged(piece);
      }
      return shared(slots.release(child), bytes);
    } finally {
      slots.free();
    }
  }

  /** A piece of a floating-point tensor; its record is read into shared memory, where new pages cost nothing. */
  async #onGridRecord(piece: Piece, stored: Grid, record: ChunkRecord): Promise<DecodedPiece> {
    const slots = new SlotSet();
    try {
      const { header, payload } = await this.#delta.read(record, (bytes) =>
        slots.keep(this.#pool.memory.allocate(bytes)).u8(0, bytes),
      );
      return await this.#onGrid(piece, stored, payload, header.tables);
    } finally {
      slots.free();
    }
  }

  /** A piece of which only an approximation was stored. */
  async #approximated(
    piece: Piece,
    stored: Grid,
    record: ChunkRecord,
    method: LossyMethod,
  ): Promise<DecodedPiece> {
    const { segment, first, count } = piece;
    const { header, payload } = await this.#delta.read(record);
    const slots = new SlotSet();
    try {
      const { prediction } = await this.#prepare(slots, piece, 'F32');
      if (!prediction) throw this.#damaged(piece);
      const rows = { method, matrix: matrixOf(segment.tensor?.shape ?? []), range: { first, count } };
      const decode = async (tables?: LevelTables, scales?: ScaleSlots): Promise<Slot> => {
        const known = { ...(tables && { tables }), ...(scales && { scales }) };
        const whole = { ...rows, prediction, payload, ...known };
        const decoded = await approximate(this.#pool, whole, stored);
        if (!decoded) throw this.#damaged(piece);
        return decoded;
      };
      const { scales } = segment;
      if (method !== 'levels') return shared(await decode(), count * gridBytes[stored]);
      if (!scales || header.tables === noTables) throw this.#damaged(piece);
      const decoded = await this.#withScales(scales.object, (group) =>
        this.#withLevelTables(header.tables, (tables) => decode(tables, group.at(scales.place).slots)),
      );
      return shared(decoded, count * gridBytes[stored]);
    } finally {
      slots.free();
    }
  }

  async #onGrid(piece: Piece, stored: Grid, payload?: Uint8Array, tables = noTables): Promise<DecodedPiece> {
    const { record, count } = piece;
    const bytes = count * gridBytes[stored];
    const slots = new SlotSet();
    try {
      const chunk = await this.#prepare(slots, piece, stored);
      const { prediction, grid } = chunk;
      if (!payload || record?.codec === 'sparse') {
        const width = gridBytes[grid];
        const sound =
          prediction && (!payload || decodeSparse(payload, sparseView(prediction, count * width, width)));
        if (!sound) throw this.#damaged(piece);
        return shared(slots.release(await this.#widened(slots, prediction, grid, stored, count)), bytes);
      }
      const codec = prediction ? 'residual' : 'alone';
      if (record?.codec !== codec || tables === noTables) throw this.#damaged(piece);
      await this.#decodeGroup([chunk], tables, payload);
      return shared(slots.release(await this.#widened(slots, chunk.child(), grid, stored, count)), bytes);
    } finally {
      slots.free();
    }
  }

  /** Prediction of a piece, and what is needed to decode what was left. */
  async #prepare(slots: SlotSet, piece: Piece, stored: Grid): Promise<PreparedPiece> {
    const { segment, first, count } = piece;
    const { recipe, scales } = segment;
    const grid = recipe.grid ?? stored;
    const inputs = this.#inputs(segment);
    const inputGrids = inputs.map((input) => {
      const inputGrid = input.segment.tensor && gridOf(input.segment.tensor);
      if (!inputGrid || unitCount(input.segment) !== unitCount(segment)) throw this.#damaged(piece);
      return inputGrid;
    });
    let factor: number | undefined;
    if (recipe.predictor === 'scaled') {
      if (!scales) throw this.#damaged(piece);
      factor = await this.#withScales(scales.object, (group) =>
        Promise.resolve(group.at(scales.place).factor),
      );
      // Products with an infinite or missing number are no prediction that all machines agree on.
      if (factor === undefined || !Number.isFinite(factorOf(factor))) throw this.#damaged(piece);
    }
    const whole = { ...recipe, ...(factor !== undefined && { alpha: factor }) };
    const range = { first, count };
    const prediction = await predictOnGrid(this.#pool, { recipe: whole, inputs, inputGrids, grid, range });
    if (prediction) slots.keep(prediction);
    let child: Slot | undefined;
    return {
      piece,
      grid,
      prediction,
      child: () => (child ??= slots.keep(this.#pool.memory.allocate(count * gridBytes[grid]))),
    };
  }

  async #decodeGroup(prepared: readonly PreparedPiece[], tables: number, payload: Uint8Array): Promise<void> {
    const objects = prepared.map(({ piece }) => piece.segment.scales?.object ?? -1);
    await this.#withAllScales([...new Set(objects)], prepared, (groups) =>
      this.#withTables(tables, async (ready) => {
        const chunks = prepared.map(({ piece, grid, prediction, child }): ResidualChunk => {
          const { segment, first, count } = piece;
          const { object, place } = segment.scales ?? { object: -1, place: 0 };
          const scales = groups.get(object)?.at(place).slots;
          if (!scales) throw this.#damaged(piece);
          const matrix = matrixOf(segment.tensor?.shape ?? []);
          const range = { first, count };
          return { grid, range, matrix, scales, child: child(), ...(prediction && { prediction }) };
        });
        const [first] = prepared;
        if (!(await decodeResidual(this.#pool, chunks, ready, payload)) && first)
          throw this.#damaged(first.piece);
      }),
    );
  }

  /** Scales of several side objects at once: a bundle's tensors nearly always share one. */
  async #withAllScales(
    objects: readonly number[],
    prepared: readonly PreparedPiece[],
    work: (groups: ReadonlyMap<number, ScaleGroup>) => Promise<void>,
    held: ReadonlyMap<number, ScaleGroup> = new Map(),
  ): Promise<void> {
    const [object, ...rest] = objects;
    if (object === undefined) {
      await work(held);
      return;
    }
    const unscaled = prepared.find(({ piece }) => piece.segment.scales === undefined);
    if (unscaled) throw this.#damaged(unscaled.piece);
    await this.#withScales(object, (group) =>
      this.#withAllScales(rest, prepared, work, new Map([...held, [object, group]])),
    );
  }

  /** One segment of a bundle; the others are kept for when their turn comes. */
  async #fromBundle(piece: Piece, record: ChunkRecord): Promise<Uint8Array> {
    const known = this.#bundles.get(record);
    const bundle = known ?? this.#decodeBundle(record);
    this.#bundles.delete(record);
    this.#bundles.set(record, bundle);
    if (!known) bundle.catch(() => this.#bundles.delete(record));
    for (const oldest of this.#bundles.keys()) {
      if (this.#bundles.size <= KEPT_BUNDLES) break;
      this.#bundles.delete(oldest);
    }
    const bytes = (await bundle).get(piece.segment.number);
    if (!bytes) throw this.#damaged(piece);
    return bytes;
  }

  async #decodeBundle(record: ChunkRecord): Promise<Map<number, Uint8Array>> {
    const { header, payload } = await this.#delta.read(record);
    const { segments } = this.#delta.index;
    const members = segmentsOf(record, segments).flatMap((number) => segments[number] ?? []);
    if (record.codec === 'pack') return this.#unpack(record, members, payload);
    if (header.tables === noTables) return this.#cut(record, members, payload);
    const slots = new SlotSet();
    try {
      const prepared: { chunk: PreparedPiece; stored: Grid }[] = [];
      for (const segment of members) {
        const stored = segment.tensor && gridOf(segment.tensor);
        const piece = { segment, record, first: 0, count: unitCount(segment) };
        if (!stored) throw this.#damaged(piece);
        prepared.push({ chunk: await this.#prepare(slots, piece, stored), stored });
      }
      const chunks = prepared.map(({ chunk }) => chunk);
      await this.#decodeGroup(chunks, header.tables, payload);
      const decoded = new Map<number, Uint8Array>();
      for (const { chunk, stored } of prepared) {
        const { piece, grid, child } = chunk;
        const wide = await this.#widened(slots, child(), grid, stored, piece.count);
        decoded.set(piece.segment.number, wide.u8(0, piece.count * gridBytes[stored]).slice());
      }
      return decoded;
    } finally {
      slots.free();
    }
  }

  #unpack(
    record: ChunkRecord,
    members: readonly DeltaSegment[],
    payload: Uint8Array,
  ): Map<number, Uint8Array> {
    const bytes = unpackAny(
      payload,
      members.reduce((sum, { length }) => sum + length, 0),
    );
    if (!bytes) throw this.#delta.damaged(record, 'it does not decode');
    return this.#cut(record, members, bytes);
  }

  /** The segments of a record by number, from their bytes side by side. */
  #cut(record: ChunkRecord, members: readonly DeltaSegment[], bytes: Uint8Array): Map<number, Uint8Array> {
    const unpacked = new Map<number, Uint8Array>();
    let at = 0;
    for (const { number, length } of members) {
      unpacked.set(number, bytes.subarray(at, at + length));
      at += length;
    }
    if (at !== bytes.length) throw this.#delta.damaged(record, 'it does not decode');
    return unpacked;
  }

  async #widened(slots: SlotSet, from: Slot, grid: Grid, stored: Grid, count: number): Promise<Slot> {
    if (grid === stored) return from;
    return slots.keep(await widened(this.#pool, from, grid, stored, count));
  }

  #withTables<Result>(object: number, work: (tables: DecodingTables) => Promise<Result>): Promise<Result> {
    const make = async (): Promise<DecodingTables> => {
      const tables = DecodingTables.read(this.#pool, await this.#delta.sideObject(object));
      if (!tables) throw this.#damagedObject(object, 'tables');
      return tables;
    };
    return this.#tables.use(object, make, work);
  }

  #withLevelTables<Result>(object: number, work: (tables: LevelTables) => Promise<Result>): Promise<Result> {
    const make = async (): Promise<LevelTables> => {
      const tables = LevelTables.read(this.#pool, await this.#delta.sideObject(object));
      if (!tables) throw this.#damagedObject(object, 'tables');
      return tables;
    };
    return this.#levelTables.use(object, make, work);
  }

  #withScales<Result>(object: number, work: (scales: ScaleGroup) => Promise<Result>): Promise<Result> {
    const make = async (): Promise<ScaleGroup> => {
      const shapes = shapesOf(this.#delta.index.segments, object);
      return new ScaleGroup(this.#pool, readScales(await this.#delta.sideObject(object), shapes));
    };
    return this.#scales.use(object, make, work);
  }

  #damaged(piece: Piece): DeltashelfError {
    const { record, segment } = piece;
    if (record) return this.#delta.damaged(record, 'it does not decode');
    const tensor = segment.tensor && { tensor: segment.tensor.name };
    return new DeltashelfError(
      'delta-damaged',
      'The delta contradicts itself: a segment equals an input that it does not have. Nothing was written. ' +
        'Use another copy of the delta.',
      { part: 'first index', ...tensor },
    );
  }

  #damagedObject(object: number, holds: string): DeltashelfError {
    return new DeltashelfError(
      'delta-damaged',
      `The delta is damaged: its side object ${object} does not hold ${holds}. Nothing was written. ` +
        'Use another copy of the delta.',
      { part: `side object ${object}` },
    );
  }
}

/** Bytes that were decoded elsewhere. */
function unshared(bytes: Uint8Array): DecodedPiece {
  return { bytes, free: () => undefined };
}

/** The first bytes of a slot, which is freed with them. */
function shared(slot: Slot, bytes: number): DecodedPiece {
  return {
    bytes: slot.u8(0, bytes),
    free() {
      slot.free();
    },
  };
}

/** Matrices of the tensors whose scales lie in a side object, by place. */
function shapesOf(segments: readonly DeltaSegment[], object: number): Matrix[] {
  const users = segments.filter(({ scales }) => scales?.object === object);
  users.sort((a, b) => (a.scales?.place ?? 0) - (b.scales?.place ?? 0));
  return users.map(({ tensor }) => matrixOf(tensor?.shape ?? []));
}

/** Cuts a long stretch into runs of about a chunk. */
function split(piece: Piece): Piece[] {
  const size = Math.max(1, Math.floor(CHUNK_BYTES / unitBytes(piece.segment)));
  const pieces: Piece[] = [];
  const end = piece.first + piece.count;
  for (let first = piece.first; first < end; first += size) {
    pieces.push({ ...piece, first, count: Math.min(size, end - first) });
  }
  return pieces;
}
