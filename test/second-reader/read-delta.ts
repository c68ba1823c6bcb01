// A second reader of delta files, written from docs/format.md alone: it imports nothing of the program. Clear rather
// than fast. What it cannot read, the document does not say.
import { createHash } from 'node:crypto';
import { brotliDecompressSync, zstdDecompressSync } from 'node:zlib';
import { applySparse, decodePlanes, decodeRuns, type GridRun } from './chunks.ts';
import { noTables, readContainer, readRecord, type RecordAt } from './container.ts';
import { check, present } from './damaged.ts';
import { floatOf, grids, predicted, round, widen, type Grid } from './floats.ts';
import { unpackIndex, type Index, type ListedRecord, type Segment } from './index-of.ts';
import { decodeLevels, readLevelTables, type LevelTables } from './levels.ts';
import { findInputs, type Files } from './parents.ts';
import { gridOf, matrixOf, unitBytes } from './segments.ts';
import { readCellTables, readScales, type CellTables, type Scales } from './tables.ts';

export type { Files } from './parents.ts';

/** All files of the model in a delta file. */
export async function readDelta(
  delta: Uint8Array,
  parents: readonly Files[],
): Promise<Record<string, Uint8Array>> {
  const { minor, json, hashes, firstIndex, records } = readContainer(delta);
  const index = unpackIndex(json, hashes, minor);
  const last = index.records.at(-1);
  const end = last === undefined ? 16 : last.offset + 36 + last.bytes;
  check(index.records.length === records && end === firstIndex, 'its records do not end where they should');
  const reader = new ModelReader(delta, index, await findInputs(index.inputs, parents));
  const files: Record<string, Uint8Array> = {};
  for (const { path, sha256, segments } of index.files) {
    const bytes = Buffer.concat(segments.map((segment) => reader.segment(segment)));
    check(createHash('sha256').update(bytes).digest('hex') === sha256, `${path} came out different`);
    files[path] = new Uint8Array(bytes);
  }
  return files;
}

class ModelReader {
  readonly #delta: Uint8Array;
  readonly #index: Index;
  readonly #inputs: readonly Uint8Array[];
  readonly #sideObjects: readonly ListedRecord[];
  readonly #tables = new Map<number, CellTables>();
  readonly #levelTables = new Map<number, LevelTables>();
  readonly #scales = new Map<number, readonly Scales[]>();
  readonly #bundles = new Map<ListedRecord, ReadonlyMap<number, Uint8Array>>();

  constructor(delta: Uint8Array, index: Index, inputs: readonly Uint8Array[]) {
    this.#delta = delta;
    this.#index = index;
    this.#inputs = inputs;
    this.#sideObjects = index.records.filter(({ letter }) => letter === 'S' || letter === 'T');
  }

  /** The bytes of a segment. */
  segment(segment: Segment): Uint8Array {
    const { number, length, coded, bundled, input, predictor, grid: narrow } = segment;
    if (length === 0) return new Uint8Array();
    if (!coded && (predictor !== 'same-0' || narrow !== undefined)) {
      check(predictor === 'same-0' || predictor === 'cast-0', 'a segment is not coded, but scaled');
      const stored = present(gridOf(segment.tensor), 'grid of a tensor that is cast');
      const prediction = present(this.#gridPrediction(segment, stored), 'prediction');
      return storedBytes(prediction, codingGrid(segment, stored), stored);
    }
    if (!coded) {
      const bytes = present(this.#inputs[input ?? -1], 'input');
      check(bytes.length === length, 'an equal input has another length');
      return bytes;
    }
    const records = this.#index.records.filter(({ members }) => members.includes(number));
    if (bundled) return present(this.#bundle(present(records[0], 'bundle')).get(number), 'member');
    const grid = gridOf(segment.tensor);
    const prediction = grid ? this.#gridPrediction(segment, grid) : undefined;
    const chunks = records.map((record) => {
      const read = this.#read(record);
      return grid
        ? this.#gridChunk(segment, grid, record, read, prediction)
        : this.#byteChunk(segment, record, read);
    });
    return Buffer.concat(chunks);
  }

  /** Section 3.2: a record, compared with what the index says of it. */
  #read(record: ListedRecord): RecordAt {
    const { offset, bytes, letter, segment, first, count } = record;
    const read = readRecord(this.#delta, offset);
    check(read.payload.length === bytes, 'a record has another length than the index says');
    if (letter === 'S' || letter === 'T') {
      const right = read.kind === 2 && read.codec === (letter === 'S' ? 0 : 1);
      check(right && read.number === this.#sideObjects.indexOf(record), 'a record is no such side object');
      check(read.first === 0 && read.count === 0 && read.tables === noTables, 'a side object is odd');
    } else {
      const right = read.kind === 1 && read.codec === parseInt(letter, 36) && read.number === segment;
      check(right && read.first === first && read.count === count, 'a record is another chunk');
    }
    return read;
  }

  #tablesOf(number: number): CellTables {
    const known = this.#tables.get(number);
    if (known) return known;
    const record = present(this.#sideObjects[number], 'side object with tables');
    check(record.letter === 'T', 'a side object has no tables');
    const tables = readCellTables(this.#read(record).payload);
    this.#tables.set(number, tables);
    return tables;
  }

  /** Section 15.3. */
  #levelTablesOf(number: number): LevelTables {
    const known = this.#levelTables.get(number);
    if (known) return known;
    const record = present(this.#sideObjects[number], 'side object with tables');
    check(record.letter === 'T', 'a side object has no tables');
    const tables = readLevelTables(this.#read(record).payload);
    this.#levelTables.set(number, tables);
    return tables;
  }

  #scalesOf({ scales }: Segment): Scales {
    const { object, place } = present(scales, 'scales');
    let all = this.#scales.get(object);
    if (!all) {
      const users = this.#index.segments.filter((segment) => segment.scales?.object === object);
      users.sort((a, b) => (a.scales?.place ?? 0) - (b.scales?.place ?? 0));
      for (const [at, user] of users.entries()) check(user.scales?.place === at, 'scales have wrong places');
      const record = present(this.#sideObjects[object], 'side object with scales');
      check(record.letter === 'S', 'a side object has no scales');
      const matrices = users.map(({ tensor }) => matrixOf(tensor?.shape ?? []));
      all = readScales(this.#read(record).payload, matrices);
      this.#scales.set(object, all);
    }
    return present(all[place], 'scales');
  }

  /** Section 7.2: the whole prediction, on the grid on which the tensor is coded or another. */
  #gridPrediction(
    segment: Segment,
    stored: Grid,
    to: Grid = codingGrid(segment, stored),
  ): Uint32Array | undefined {
    if (segment.input === undefined) return undefined;
    const from = gridOf(this.#index.inputs[segment.input]?.tensor);
    check(from !== undefined, 'the input of a grid tensor is none');
    const elements = patterns(present(this.#inputs[segment.input], 'input'), from.bytes);
    check(elements.length === segment.length / stored.bytes, 'an input has another number of elements');
    let factor = 1;
    if (segment.predictor === 'scaled-0') {
      factor = floatOf(present(this.#scalesOf(segment).factor, 'factor'));
      check(Number.isFinite(factor), 'a factor is not finite');
    }
    return elements.map((bits) => predicted(from, to, factor, bits));
  }

  #gridChunk(
    segment: Segment,
    stored: Grid,
    record: ListedRecord,
    read: RecordAt,
    whole: Uint32Array | undefined,
  ): Uint8Array {
    const { letter, first, count } = record;
    const plain = plainBytes(letter, read.payload, count * stored.bytes);
    if (plain) return plain;
    if (letter === 'b') return this.#levels(segment, stored, record, read);
    const grid = codingGrid(segment, stored);
    const prediction = whole?.slice(first, first + count);
    if (letter === '1' || letter === '2') {
      const elements = present(prediction, 'prediction');
      if (letter === '1') check(read.payload.length === 0, 'an unchanged chunk has bytes');
      else applySparse(read.payload, elements, grid.bytes * 8);
      return storedBytes(elements, grid, stored);
    }
    check(letter === (prediction ? '3' : '4') && read.tables !== noTables, 'a chunk has a wrong codec');
    const run = this.#run(segment, grid, { first, count }, prediction);
    const [elements] = decodeRuns(read.payload, [run], this.#tablesOf(read.tables));
    return storedBytes(present(elements, 'elements'), grid, stored);
  }

  /** Section 15. */
  #levels(segment: Segment, stored: Grid, { first, count }: ListedRecord, read: RecordAt): Uint8Array {
    const whole = present(this.#gridPrediction(segment, stored, grids['F32']), 'prediction');
    const prediction = whole.slice(first, first + count);
    const matrix = matrixOf(segment.tensor?.shape ?? []);
    const run = { matrix, scales: this.#scalesOf(segment), first, count, prediction };
    return bytesOf(decodeLevels(read.payload, run, stored, this.#levelTablesOf(read.tables)), stored.bytes);
  }

  #run(
    segment: Segment,
    grid: Grid,
    range: { first: number; count: number },
    prediction: Uint32Array | undefined,
  ): GridRun {
    const matrix = matrixOf(segment.tensor?.shape ?? []);
    return { grid, matrix, scales: this.#scalesOf(segment), ...range, prediction };
  }

  #byteChunk(segment: Segment, { letter, first, count }: ListedRecord, { payload }: RecordAt): Uint8Array {
    const width = unitBytes(segment.tensor);
    const plain = plainBytes(letter, payload, count * width);
    if (plain) return plain;
    if (letter === 'a') return this.#safetensorsHeader(segment, first, count, payload);
    const prediction = this.#bytePrediction(segment, first * width, count * width);
    if (letter === '1') {
      check(payload.length === 0, 'an unchanged chunk has bytes');
      return present(prediction, 'prediction');
    }
    if (letter === '2') {
      check(width <= 4, 'a sparse chunk has units of eight bytes');
      const elements = patterns(present(prediction, 'prediction'), width);
      applySparse(payload, elements, width * 8);
      return bytesOf(elements, width);
    }
    check(letter === '5', 'a chunk has a wrong codec');
    return decodePlanes(payload, count, width, prediction);
  }

  /** Section 7.1. */
  #bytePrediction({ input }: Segment, offset: number, length: number): Uint8Array | undefined {
    if (input === undefined) return undefined;
    const bytes = new Uint8Array(length);
    bytes.set(present(this.#inputs[input], 'input').subarray(offset, offset + length));
    return bytes;
  }

  /** Section 11.10. */
  #safetensorsHeader(header: Segment, first: number, count: number, payload: Uint8Array): Uint8Array {
    const { segments } = present(
      this.#index.files.find((file) => file.segments[0] === header),
      'file that begins with the header',
    );
    check(header.tensor === undefined && first === 0 && count === header.length, 'a header is in pieces');
    const entries = segments.flatMap(({ tensor, offset, length }) => {
      if (!tensor) return [];
      const begin = offset - header.length;
      const fields = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, begin + length] };
      return [`${JSON.stringify(tensor.name)}:${JSON.stringify(fields)}`];
    });
    const usual = Buffer.from('"__metadata__":{"format":"pt"},');
    const form = present(['0', '6', '7'][payload[0] ?? 0], 'form of a text');
    const text = payload.length === 0 ? usual : present(plainBytes(form, payload.subarray(1)), 'text');
    const json = Buffer.concat([Buffer.from('{'), text, Buffer.from(`${entries.join(',')}}`)]);
    check(8 + json.length <= header.length, 'a header is too long');
    const bytes = Buffer.alloc(header.length, ' ');
    bytes.writeBigUInt64LE(BigInt(header.length - 8));
    json.copy(bytes, 8);
    return bytes;
  }

  /** Sections 11.8 and 11.9. */
  #bundle(record: ListedRecord): ReadonlyMap<number, Uint8Array> {
    const known = this.#bundles.get(record);
    if (known) return known;
    const { payload, tables } = this.#read(record);
    const members = record.members.map((number) => present(this.#index.segments[number], 'segment'));
    const bundle = new Map<number, Uint8Array>();
    if (record.letter === '9' || tables === noTables) {
      const total = members.reduce((sum, { length }) => sum + length, 0);
      const isPack = record.letter === '9';
      const form = isPack ? ['0', '6', '7'][payload[0] ?? 3] : '0';
      const bytes = plainBytes(present(form, 'form of a pack'), payload.subarray(isPack ? 1 : 0), total);
      let at = 0;
      for (const { number, length } of members) {
        bundle.set(number, present(bytes, 'bytes').subarray(at, at + length));
        at += length;
      }
    } else {
      const runs = members.map((segment) => {
        const stored = present(gridOf(segment.tensor), 'grid of a bundled tensor');
        const range = { first: 0, count: segment.length / stored.bytes };
        const grid = codingGrid(segment, stored);
        return {
          segment,
          stored,
          run: this.#run(segment, grid, range, this.#gridPrediction(segment, stored)),
        };
      });
      const list = runs.map(({ run }) => run);
      const decoded = decodeRuns(payload, list, this.#tablesOf(tables));
      for (const [at, { segment, stored, run }] of runs.entries()) {
        bundle.set(segment.number, storedBytes(present(decoded[at], 'elements'), run.grid, stored));
      }
    }
    this.#bundles.set(record, bundle);
    return bundle;
  }
}

/** Section 7.3: the grid on which a tensor is coded. */
function codingGrid({ grid }: Segment, stored: Grid): Grid {
  return grid === undefined ? stored : present(grids[grid], 'grid');
}

/** Section 7.3: elements as the file has them. */
function storedBytes(elements: Uint32Array, coded: Grid, stored: Grid): Uint8Array {
  const wide = coded === stored ? elements : elements.map((bits) => round(stored, widen(coded, bits)));
  return bytesOf(wide, stored.bytes);
}

/** Section 11.1; undefined for the other codecs. */
function plainBytes(letter: string, payload: Uint8Array, length?: number): Uint8Array | undefined {
  if (letter !== '0' && letter !== '6' && letter !== '7') return undefined;
  const unpack = { 0: (bytes: Uint8Array) => bytes, 6: zstdDecompressSync, 7: brotliDecompressSync }[letter];
  const bytes = unpack(payload);
  check(length === undefined || bytes.length === length, 'its bytes come to another length');
  return bytes;
}

/** Little-endian integers of `width` bytes. */
function patterns(bytes: Uint8Array, width: number): Uint32Array {
  return Uint32Array.from({ length: bytes.length / width }, (_, index) => {
    let value = 0;
    for (let byte = width - 1; byte >= 0; byte -= 1) value = value * 256 + (bytes[index * width + byte] ?? 0);
    return value;
  });
}

function bytesOf(elements: Uint32Array, width: number): Uint8Array {
  const bytes = new Uint8Array(elements.length * width);
  for (const [index, element] of elements.entries()) {
    for (let byte = 0; byte < width; byte += 1) bytes[index * width + byte] = (element >>> (8 * byte)) & 0xff;
  }
  return bytes;
}
