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
  type Grid,
  type Range,
} from '../codecs/index.ts';
import type { Pool, Slot } from '../pool/index.ts';
import { predictBytes, predictOnGrid, type PredictorInput } from '../predictors/index.ts';
import { DeltashelfError } from '../../../shared/index.ts';
import { sparseView } from './encode-elements.ts';
import { widened } from './grid-tensor.ts';
import type { ChunkRecord, DeltaSegment } from './index-types.ts';
import { noTables, unitBytes, unitCount } from './layout.ts';
import type { DeltaFile } from './reader.ts';

/** A run of a segment that is decoded at once: about 1 MiB, within one record or within an unchanged stretch. */
export interface Piece extends Range {
  readonly segment: DeltaSegment;
  /** Absent where the whole segment equals its input. */
  readonly record?: ChunkRecord;
}

/** Finds the segment of a parent that an index means. */
export type InputResolver = (input: { parent: number; segment: number }) => PredictorInput;

/** Scales of the tensors of one side object, in shared memory. */
class ScaleGroup {
  readonly #slots: readonly ScaleSlots[];

  constructor(slots: readonly ScaleSlots[]) {
    this.#slots = slots;
  }

  at(place: number): ScaleSlots {
    const slots = this.#slots[place];
    if (!slots) throw new Error('every scaled segment has a place among the scales of its object');
    return slots;
  }

  free(): void {
    for (const slots of this.#slots) slots.free();
  }
}

/** Side objects that are kept ready though no chunk needs them at the moment. */
const IDLE_OBJECTS = 4;

/** Gives pieces of a delta's segments back. Safe to use from several pieces of work at once. */
export class Decoder {
  readonly #pool: Pool;
  readonly #delta: DeltaFile;
  readonly #resolve: InputResolver;
  readonly #tables = new SharedValues<number, DecodingTables>(IDLE_OBJECTS);
  readonly #scales = new SharedValues<number, ScaleGroup>(IDLE_OBJECTS);

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
      const { first, count } = record;
      const piece = { segment, record, first, count };
      return record.codec === 'unchanged' ? split(piece) : [piece];
    });
  }

  /**
   * Decodes a piece.
   * @returns its bytes, not shared
   * @throws DeltashelfError `delta-damaged`, or what a parent throws
   */
  async decode(piece: Piece): Promise<Uint8Array> {
    const { segment, record } = piece;
    const width = unitBytes(segment);
    const grid = segment.tensor && gridOf(segment.tensor);
    if (!record || record.codec === 'unchanged') {
      return grid ? await this.#onGrid(piece, grid) : await this.#onBytes(piece, width);
    }
    const { header, payload } = await this.#delta.read(record);
    const bytes = piece.count * width;
    if (record.codec === 'stored') {
      if (payload.length !== bytes) throw this.#damaged(piece);
      return payload;
    }
    if (record.codec === 'zstd' || record.codec === 'brotli') {
      const unpacked = unpackBytes({ codec: record.codec, payload }, bytes);
      if (!unpacked) throw this.#damaged(piece);
      return unpacked;
    }
    if (!grid) return await this.#onBytes(piece, width, payload);
    return await this.#onGrid(piece, grid, payload, header.tables);
  }

  /** Frees what is kept ready. */
  async close(): Promise<void> {
    await this.#tables.free();
    await this.#scales.free();
  }

  #inputs(segment: DeltaSegment): PredictorInput[] {
    return segment.input ? [this.#resolve(segment.input)] : [];
  }

  async #onBytes(piece: Piece, width: number, payload?: Uint8Array): Promise<Uint8Array> {
    const { segment, record, first, count } = piece;
    const bytes = count * width;
    const slots = new SlotSet();
    try {
      const parent = await predictBytes(this.#pool, this.#inputs(segment), first * width, bytes);
      if (parent) slots.keep(parent);
      if (!payload) {
        if (!parent) throw this.#damaged(piece);
        return parent.u8(0, bytes).slice();
      }
      if (record?.codec === 'sparse') {
        if (!parent || width === 8 || !decodeSparse(payload, sparseView(parent, bytes, width))) {
          throw this.#damaged(piece);
        }
        return parent.u8(0, bytes).slice();
      }
      const child = slots.keep(this.#pool.memory.allocate(bytes));
      const chunk = { child, ...(parent && { parent }), count, width: width as 1 | 2 | 4 | 8 };
      if (record?.codec !== 'planes' || !(await decodePlanes(this.#pool, chunk, payload))) {
        throw this.#damaged(piece);
      }
      return child.u8(0, bytes).slice();
    } finally {
      slots.free();
    }
  }

  async #onGrid(piece: Piece, stored: Grid, payload?: Uint8Array, tables = noTables): Promise<Uint8Array> {
    const { segment, record, first, count } = piece;
    const { recipe } = segment;
    const grid = recipe.grid ?? stored;
    const slots = new SlotSet();
    try {
      const inputs = this.#inputs(segment);
      const inputGrids = inputs.map((input) => {
        const inputGrid = input.segment.tensor && gridOf(input.segment.tensor);
        if (!inputGrid || unitCount(input.segment) !== unitCount(segment)) throw this.#damaged(piece);
        return inputGrid;
      });
      const range = { first, count };
      const prediction = await predictOnGrid(this.#pool, { recipe, inputs, inputGrids, grid, range });
      if (prediction) slots.keep(prediction);
      if (!payload || record?.codec === 'sparse') {
        if (!prediction) throw this.#damaged(piece);
        const width = gridBytes[grid];
        const ok = !payload || decodeSparse(payload, sparseView(prediction, count * width, width));
        if (!ok) throw this.#damaged(piece);
        return await this.#widened(slots, prediction, grid, stored, count);
      }
      const { scales, tensor } = segment;
      const codec = prediction ? 'residual' : 'alone';
      if (record?.codec !== codec || !scales || tables === noTables) throw this.#damaged(piece);
      const child = slots.keep(this.#pool.memory.allocate(count * gridBytes[grid]));
      const matrix = matrixOf(tensor?.shape ?? []);
      const ok = await this.#withScales(scales.object, (group) =>
        this.#withTables(tables, (ready) =>
          decodeResidual(
            this.#pool,
            [{ grid, range, matrix, scales: group.at(scales.place), child, ...(prediction && { prediction }) }],
            ready,
            payload,
          ),
        ),
      );
      if (!ok) throw this.#damaged(piece);
      return await this.#widened(slots, child, grid, stored, count);
    } finally {
      slots.free();
    }
  }

  async #widened(slots: SlotSet, from: Slot, grid: Grid, stored: Grid, count: number): Promise<Uint8Array> {
    const bytes = count * gridBytes[stored];
    if (grid === stored) return from.u8(0, bytes).slice();
    return slots.keep(await widened(this.#pool, from, grid, stored, count)).u8(0, bytes).slice();
  }

  #withTables<Result>(object: number, work: (tables: DecodingTables) => Promise<Result>): Promise<Result> {
    const make = async (): Promise<DecodingTables> => {
      const tables = DecodingTables.read(this.#pool, await this.#delta.sideObject(object));
      if (!tables) throw this.#damagedObject(object, 'tables');
      return tables;
    };
    return this.#tables.use(object, make, work);
  }

  #withScales<Result>(object: number, work: (scales: ScaleGroup) => Promise<Result>): Promise<Result> {
    const make = async (): Promise<ScaleGroup> => {
      const users = this.#delta.index.segments
        .filter(({ scales }) => scales?.object === object)
        .sort((a, b) => (a.scales?.place ?? 0) - (b.scales?.place ?? 0));
      const shapes = users.map(({ tensor }) => matrixOf(tensor?.shape ?? []));
      const scales = readScales(await this.#delta.sideObject(object), shapes);
      const slots = scales.map((each) => new ScaleSlots(this.#pool, each));
      return new ScaleGroup(slots);
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
