import { check, present } from './damaged.ts';
import { matrixOf, tensorBytes, unitBytes, gridOf, type Tensor } from './segments.ts';

/** Section 4.1. */
interface Exceptions<Value> {
  readonly at: readonly number[];
  readonly values: readonly Value[];
}

interface ParentJson {
  readonly name: string;
  readonly kind: string;
  readonly paths: readonly string[];
  readonly sizes?: Exceptions<number>;
  readonly sha256?: readonly number[];
  readonly segments: {
    readonly count: number;
    readonly files?: Exceptions<number>;
    readonly offsets?: Exceptions<number>;
    readonly lengths?: Exceptions<number>;
    readonly names?: Exceptions<string | null>;
    readonly dtypes?: Exceptions<string>;
    readonly shapes?: Exceptions<readonly number[]>;
    readonly bigEndian?: Exceptions<boolean>;
  };
}

/** Section 4.2. A reader for the world would check each type; a wrong one fails here all the same, less politely. */
interface IndexJson {
  readonly requires: readonly string[];
  readonly files: readonly { readonly path: string; readonly segments: number }[];
  readonly recipes: readonly {
    readonly predictor: string;
    readonly grid?: string;
    readonly coded?: false;
    readonly bundled?: true;
  }[];
  readonly segments: {
    readonly kinds: string;
    readonly lengths?: Exceptions<number>;
    readonly names: readonly string[];
    readonly steps: readonly (number | null)[];
    readonly shapes: readonly (readonly number[])[];
    readonly dtypes?: Exceptions<string>;
    readonly bigEndian?: Exceptions<boolean>;
    readonly recipes: readonly number[];
    readonly inputs?: Exceptions<number>;
    readonly scaleObjects?: Exceptions<number | null>;
    readonly scalePlaces?: Exceptions<number>;
  };
  readonly records: {
    readonly kinds: string;
    readonly bytes: readonly number[];
    readonly segments: readonly number[];
    readonly counts?: Exceptions<number>;
  };
  readonly parents: readonly ParentJson[];
  /** Section 15.1. */
  readonly lossy?: { readonly cosines: readonly unknown[]; readonly slopes: readonly unknown[] };
}

/** A segment of the model. */
export interface Segment {
  readonly number: number;
  /** First byte in its file. */
  readonly offset: number;
  readonly length: number;
  readonly tensor: Tensor | undefined;
  readonly predictor: string;
  readonly grid: string | undefined;
  readonly coded: boolean;
  readonly bundled: boolean;
  /** Number among the segments of all parents. */
  readonly input: number | undefined;
  readonly scales: { readonly object: number; readonly place: number } | undefined;
}

/** A segment of a parent. */
export interface Input {
  readonly parent: string;
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  readonly tensor: Tensor | undefined;
  /** Hexadecimal, 32 or 8 digits. */
  readonly digest: string;
}

/** A record as the index lists it. */
export interface ListedRecord {
  readonly offset: number;
  readonly bytes: number;
  /** A codec, or a kind of side object. */
  readonly letter: string;
  readonly segment: number;
  readonly first: number;
  readonly count: number;
  /** Segments that it holds. */
  readonly members: readonly number[];
}

/** Section 4, unpacked. */
export interface Index {
  readonly files: readonly {
    readonly path: string;
    readonly sha256: string;
    /** SHA-256 that the original had, of a file with an approximated segment. */
    readonly original: string | undefined;
    readonly segments: readonly Segment[];
  }[];
  readonly segments: readonly Segment[];
  readonly inputs: readonly Input[];
  readonly records: readonly ListedRecord[];
}

const features = new Set(
  'same cast scaled stored unchanged sparse residual alone planes zstd brotli bundle pack safetensors levels'
    .split(' ')
    .map((name) => `${name}-0`),
);

/** Section 4.1: a column of `count` values. */
function column<Value>(
  packed: Exceptions<Value> | undefined,
  count: number,
  usual: (position: number, before: readonly Value[]) => Value,
): Value[] {
  const { at = [], values = [] } = packed ?? {};
  check(at.length === values.length, 'a column has not as many places as values');
  const all: Value[] = [];
  for (const [number, gap] of at.entries()) {
    check(all.length + gap < count, 'a column is too long');
    for (let left = gap; left > 0; left -= 1) all.push(usual(all.length, all));
    all.push(values[number] as Value);
  }
  while (all.length < count) all.push(usual(all.length, all));
  return all;
}

/** Section 4.4, names. */
function unpackNames(patterns: readonly string[], steps: readonly (number | null)[]): string[] {
  let next = 0;
  let before: number[] = [];
  const names = patterns.map((pattern) => {
    const numbers: number[] = [];
    const name = pattern.replace(/#/g, () => {
      const step = present(steps[next], 'step');
      next += 1;
      if (step === null) return '#';
      const number = (before[numbers.length] ?? 0) + step;
      check(number >= 0 && number <= 999_999_999, 'a number in a name is out of range');
      numbers.push(number);
      return String(number);
    });
    before = numbers;
    return name;
  });
  check(next === steps.length, 'it has more steps than its names need');
  return names;
}

/** Section 4.7. */
class Hashes {
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(bytes: number): string {
    check(bytes <= this.#bytes.length, 'it has too few hashes');
    const hash = Buffer.from(this.#bytes.subarray(0, bytes)).toString('hex');
    this.#bytes = this.#bytes.subarray(bytes);
    return hash;
  }

  end(): void {
    check(this.#bytes.length === 0, 'it has too many hashes');
  }
}

function unpackTensors(json: IndexJson['segments']): Tensor[] {
  const count = json.names.length;
  const names = unpackNames(json.names, json.steps);
  const dtypes = column(json.dtypes, count, (at, before) => before[at - 1] ?? 'F32');
  const bigEndian = column(json.bigEndian, count, (at, before) => before[at - 1] ?? false);
  check(json.shapes.length === count, 'it has another number of shapes than of names');
  return names.map((name, at) => ({
    name,
    dtype: dtypes[at] ?? '',
    shape: json.shapes[at] ?? [],
    bigEndian: bigEndian[at] ?? false,
  }));
}

/** Section 4.4. */
function unpackSegments(json: IndexJson): Segment[] {
  const columns = json.segments;
  const kinds = Array.from(columns.kinds);
  const tensors = unpackTensors(columns);
  let nextTensor = 0;
  const tensorOf = kinds.map((kind) =>
    kind === 't' ? present(tensors[nextTensor++], 'description of a tensor') : undefined,
  );
  check(nextTensor === tensors.length, 'it describes tensors that are not there');
  const lengths = column(columns.lengths, kinds.length, (at) => {
    const tensor = tensorOf[at];
    return tensor === undefined ? 0 : tensorBytes(tensor);
  });
  check(columns.recipes.length === kinds.length, 'not every segment has a recipe');
  const recipes = columns.recipes.map((number) => present(json.recipes[number], 'recipe'));

  const predicted = recipes.filter(({ predictor }) => predictor !== 'none').length;
  const steps = column(columns.inputs, predicted, () => 0);
  let expected = 0;
  let nextStep = 0;
  const inputs = recipes.map(({ predictor }) => {
    if (predictor === 'none') return undefined;
    const input = expected + (steps[nextStep++] ?? 0);
    expected = input + 1;
    return input;
  });

  const codedTensors = [...kinds.keys()].filter((at) => kinds[at] === 't' && recipes[at]?.coded !== false);
  const objects = column<number | null>(
    columns.scaleObjects,
    codedTensors.length,
    (at, before) => before[at - 1] ?? null,
  );
  const scaled = codedTensors.flatMap((number, at) => {
    const object = objects[at] ?? null;
    return object === null ? [] : [{ number, object }];
  });
  const places = column(columns.scalePlaces, scaled.length, (at, before) =>
    at > 0 && scaled[at]?.object === scaled[at - 1]?.object ? (before[at - 1] ?? 0) + 1 : 0,
  );
  const scalesOf = new Map(
    scaled.map(({ number, object }, at) => [number, { object, place: places[at] ?? 0 }]),
  );

  let number = 0;
  const segments = json.files.flatMap(({ segments: count }) => {
    let end = 0;
    return Array.from({ length: count }, (): Segment => {
      const { predictor, grid, coded = true, bundled = false } = present(recipes[number], 'recipe');
      const offset = end;
      const segment = { number, offset, length: lengths[number] ?? 0, tensor: tensorOf[number] };
      end += segment.length;
      const input = inputs[number];
      const scales = scalesOf.get(number);
      number += 1;
      return { ...segment, predictor, grid, coded, bundled, input, scales };
    });
  });
  check(number === kinds.length, 'files and segments do not agree');
  return segments;
}

interface OwnFile {
  readonly size: number;
  readonly sha256: string;
}

/** Section 6.1. */
function unpackParents(
  json: IndexJson,
  segments: readonly Segment[],
  own: ReadonlyMap<string, OwnFile>,
  hashes: Hashes,
): Input[] {
  const users = new Map<number, Segment>();
  for (const segment of segments) {
    const { input } = segment;
    if (input !== undefined && !users.has(input)) users.set(input, segment);
  }
  const inputs: Input[] = [];
  for (const { name: parent, paths, sha256 = [], segments: columns } of json.parents) {
    const positions = sha256.map((gap, at) => sha256.slice(0, at).reduce((sum, each) => sum + each + 1, gap));
    for (const position of positions) check(position < paths.length, 'a column is too long');
    for (const [position, path] of paths.entries()) {
      if (positions.includes(position)) hashes.take(32);
      else check(own.has(path), 'a file of a parent has no hash');
    }
    const { count } = columns;
    const userAt = (at: number): Segment | undefined => users.get(inputs.length + at);
    const files = column(columns.files, count, (at, before) => before[at - 1] ?? 0);
    const lengths = column(columns.lengths, count, (at) => userAt(at)?.length ?? 0);
    const offsets = column<number>(columns.offsets, count, (at, before) =>
      at > 0 && files[at] === files[at - 1]
        ? (before[at - 1] ?? 0) + (lengths[at - 1] ?? 0)
        : (userAt(at)?.offset ?? 0),
    );
    const names = column(columns.names, count, (at) => userAt(at)?.tensor?.name ?? null);
    const named = [...names.keys()].filter((at) => names[at] !== null);
    const tensorOf = (at: number): Tensor | undefined => userAt(named[at] ?? -1)?.tensor;
    const dtypes = column(columns.dtypes, named.length, (at) => tensorOf(at)?.dtype ?? 'F32');
    const shapes = column(columns.shapes, named.length, (at) => tensorOf(at)?.shape ?? []);
    const bigEndian = column(columns.bigEndian, named.length, (at) => tensorOf(at)?.bigEndian ?? false);
    const described = lengths.map((length, at): Input => {
      const digest = hashes.take(length >= 65_536 ? 16 : 4);
      const place = named.indexOf(at);
      const name = names[at] ?? null;
      const tensor =
        name === null
          ? undefined
          : {
              name,
              dtype: dtypes[place] ?? '',
              shape: shapes[place] ?? [],
              bigEndian: bigEndian[place] ?? false,
            };
      const path = present(paths[files[at] ?? -1], 'file of a parent');
      return { parent, path, offset: offsets[at] ?? 0, length, tensor, digest };
    });
    inputs.push(...described);
  }
  return inputs;
}

/** Section 11.7: what a record with several segments holds. */
function membersOf(segments: readonly Segment[], letter: string, segment: number, count: number): number[] {
  const family = segments.filter(
    ({ number, bundled, tensor }) =>
      number >= segment && bundled && (gridOf(tensor) !== undefined) === (letter === '8'),
  );
  check(family.length >= count && family[0]?.number === segment, 'a bundle holds what is not there');
  return family.slice(0, count).map(({ number }) => number);
}

/** Section 4.6: how many segments a bundle or pack holds unless the index says otherwise. */
function usualMembers(segments: readonly Segment[], letter: string, segment: number): number {
  let size = 0;
  let count = 0;
  for (const { bundled, tensor, length } of segments.slice(segment)) {
    const inFamily = bundled && (gridOf(tensor) !== undefined) === (letter === '8');
    if (!inFamily) continue;
    if (size >= (letter === '8' ? 65_536 : 2 ** 20)) break;
    size += letter === '8' ? length / unitBytes(tensor) : length;
    count += 1;
  }
  return count;
}

/** Section 4.6. */
function unpackRecords(json: IndexJson['records'], segments: readonly Segment[]): ListedRecord[] {
  const covered = segments.map(() => 0);
  const chunks = Array.from(json.kinds).filter((letter) => letter !== 'S' && letter !== 'T').length;
  check(json.segments.length === chunks, 'it has another number of chunks than it says');
  check(json.bytes.length === json.kinds.length, 'it has another number of records than it says');
  // What is usual depends on the counts before, so the column is unpacked as the records are.
  const { at = [], values = [] } = json.counts ?? {};
  const exceptions = new Map<number, number>();
  let position = 0;
  for (const [number, gap] of at.entries()) {
    position += gap;
    check(position < chunks, 'a column is too long');
    exceptions.set(position, present(values[number], 'count'));
    position += 1;
  }
  let offset = 16;
  let chunk = 0;
  let segment = 0;
  return Array.from(json.kinds).map((letter, number): ListedRecord => {
    const bytes = json.bytes[number] ?? 0;
    const place = { offset, bytes, letter };
    offset += 36 + bytes;
    if (letter === 'S' || letter === 'T') return { ...place, segment: -1, first: 0, count: 0, members: [] };
    segment += json.segments[chunk] ?? 0;
    const exception = exceptions.get(chunk);
    chunk += 1;
    const whole = present(segments[segment], 'segment of a chunk');
    if (letter === '8' || letter === '9') {
      const count = exception ?? usualMembers(segments, letter, segment);
      const members = membersOf(segments, letter, segment, count);
      for (const member of members) {
        check(covered[member] === 0, 'a segment is in two bundles');
        covered[member] = 1;
      }
      return { ...place, segment, first: 0, count, members };
    }
    check(whole.coded && !whole.bundled, 'a chunk lies in a segment that has none');
    const first = covered[segment] ?? 0;
    const units = whole.length / unitBytes(whole.tensor);
    const grid = gridOf(whole.tensor);
    const columns = grid && whole.tensor ? matrixOf(whole.tensor.shape).columns : 1;
    const rows = Math.max(1, Math.floor(2 ** 20 / (columns * unitBytes(whole.tensor))));
    const usual = letter === '1' ? units - first : Math.min(units - first, rows * columns);
    const count = exception ?? usual;
    check(count > 0 && first + count <= units, 'a chunk reaches beyond its segment');
    covered[segment] = first + count;
    return { ...place, segment, first, count, members: [segment] };
  });
}

function checkCovered(segments: readonly Segment[], records: readonly ListedRecord[]): void {
  const covered = segments.map(() => 0);
  for (const { members, count } of records) {
    for (const member of members) covered[member] = (covered[member] ?? 0) + count;
  }
  for (const { number, coded, bundled, length, tensor } of segments) {
    const units = length / unitBytes(tensor);
    if (!coded) continue;
    check(bundled ? covered[number] !== 0 : covered[number] === units, 'a segment is not covered');
  }
}

/** Section 15.1: the numbers of the approximated segments. */
function approximatedSegments(
  { lossy }: IndexJson,
  minor: number,
  segments: readonly Segment[],
  records: readonly ListedRecord[],
): ReadonlySet<number> {
  const approximated = new Set(records.flatMap(({ letter, segment }) => (letter === 'b' ? [segment] : [])));
  check(minor > 0 || lossy === undefined, 'its version knows no approximations');
  check((lossy !== undefined) === approximated.size > 0, 'it does not say rightly whether it is lossy');
  if (lossy === undefined) return approximated;
  const { cosines, slopes } = lossy;
  const right = cosines.length === approximated.size && slopes.length === approximated.size;
  check(right, 'it measures another number of approximations');
  for (const number of approximated) {
    const { tensor, input, predictor, grid } = present(segments[number], 'segment');
    const isMatrix = tensor !== undefined && gridOf(tensor) && !matrixOf(tensor.shape).isVector;
    const isPredicted = input !== undefined && (predictor === 'same-0' || predictor === 'cast-0');
    check(isMatrix === true && isPredicted && grid === undefined, 'it approximates what it must not');
  }
  return approximated;
}

/** Section 4: the index from its JSON and its hashes, in a file of a minor version. */
export function unpackIndex(value: unknown, hashBytes: Uint8Array, minor: number): Index {
  const json = value as IndexJson;
  for (const feature of json.requires) check(features.has(feature), `it needs ${feature}`);
  const segments = unpackSegments(json);
  const hashes = new Hashes(hashBytes);
  let next = 0;
  const files = json.files.map(({ path, segments: count }) => {
    const ownSegments = segments.slice(next, next + count);
    next += count;
    return { path, sha256: hashes.take(32), segments: ownSegments };
  });
  const own = new Map(
    files.map((file) => {
      const size = file.segments.reduce((sum, { length }) => sum + length, 0);
      return [file.path, { size, sha256: file.sha256 }];
    }),
  );
  const inputs = unpackParents(json, segments, own, hashes);
  for (const { coded, length } of segments) if (coded && length >= 65_536) hashes.take(16);
  for (const { input } of segments) check(input === undefined || input in inputs, 'there is no such input');
  const records = unpackRecords(json.records, segments);
  checkCovered(segments, records);
  const approximated = approximatedSegments(json, minor, segments, records);
  const told = files.map((file) => {
    const isLossy = file.segments.some(({ number }) => approximated.has(number));
    return { ...file, original: isLossy ? hashes.take(32) : undefined };
  });
  hashes.end();
  return { files: told, segments, inputs, records };
}
