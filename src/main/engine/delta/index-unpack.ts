import { isDtype, type Dtype } from '../dtypes.ts';
import type { TensorInfo } from '../formats/segments.ts';
import { HashReader, unpackExceptions, type Exceptions } from './columns.ts';
import { knownFeatures } from './features.ts';
import { damaged, Flaw, newer } from './flaw.ts';
import { checkIndex } from './index-check.ts';
import {
  codecLetter,
  firstUses,
  kindLetters,
  sideLetters,
  usualLength,
  usualOffset,
  usualPlace,
  usualUnits,
} from './index-pack.ts';
import {
  indexSchema,
  laterIndexSchema,
  requirementsSchema,
  type IndexJson,
  type ParentJson,
} from './index-schema.ts';
import type {
  ChunkRecord,
  DeltaContents,
  DeltaFileEntry,
  DeltaIndex,
  DeltaParent,
  DeltaRecord,
  DeltaSegment,
  LossyNote,
  ParentSegment,
  Recipe,
  SideRecord,
} from './index-types.ts';
import {
  chunkCodecs,
  copiesBytes,
  headBytes,
  inputDigestBytes,
  keepsDigest,
  minorVersion,
  recordHeaderBytes,
  type ChunkCodec,
  type SideKind,
} from './layout.ts';
import type { IndexText } from './index-text.ts';
import { Bundles } from './bundles.ts';
import { lossyFiles, lossySegments } from './lossy-segments.ts';
import { unpackNames } from './names.ts';

/** What is known of the place that an index comes from. */
export interface UnpackOptions {
  /** The delta file, as people know it. */
  readonly file: string;
  /** "first index", "second index". */
  readonly part: string;
  /** Minor version of the file. */
  readonly minor?: number;
}

const digestBytes = 16;
const sha256Bytes = 32;

/**
 * An index from its JSON and hashes, complete and free of contradiction.
 * @throws DeltashelfError `delta-newer` naming a required feature that is unknown, else `delta-damaged`
 */
export function unpackIndex({ json, hashes }: IndexText, options: UnpackOptions): DeltaIndex {
  const { file, part, minor = minorVersion } = options;
  const requirements = requirementsSchema.safeParse(json);
  const unknown = requirements.data?.requires.find((feature) => !knownFeatures.has(feature));
  if (unknown !== undefined) throw newer(file, part, `the feature "${unknown}"`);
  const parsed = (minor > minorVersion ? laterIndexSchema : indexSchema).safeParse(json);
  if (minor === 0 && parsed.data?.lossy) {
    throw damaged(options, 'it speaks of an approximation, which a file of version 1.0 cannot hold');
  }
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0] ?? { path: [], message: 'not an index' };
    const where = path.length === 0 ? '' : ` at "${path.join('.').slice(0, 80)}"`;
    throw damaged(options, `its text is not that of an index${where} (${message})`, parsed.error);
  }
  try {
    const index = build(parsed.data, hashes);
    checkIndex(index);
    return index;
  } catch (error) {
    throw error instanceof Flaw ? damaged(options, error.message, error) : error;
  }
}

/** Adds the records to the rest of an index. Nothing is checked. */
export function withRecords(
  contents: DeltaContents,
  requires: readonly string[],
  records: readonly DeltaRecord[],
): DeltaIndex {
  const { writer, level, name, kind, parents, files, links, folders, segments, lossy } = contents;
  const chunks: ChunkRecord[][] = segments.map(() => []);
  const sideObjects: SideRecord[] = [];
  const bundles = new Bundles(segments);
  for (const record of records) {
    if (record.kind === 'side') sideObjects.push(record);
    else for (const segment of bundles.segmentsOf(record)) chunks[segment]?.push(record);
  }
  const rest = {
    writer,
    level,
    name,
    kind,
    parents,
    files,
    links,
    folders,
    segments,
    ...(lossy && { lossy }),
  };
  return { ...rest, requires, records, chunks, sideObjects };
}

function build(json: IndexJson, bytes: Uint8Array): DeltaIndex {
  const hashes = new HashReader(bytes);
  const sha256 = hashes.take(sha256Bytes, json.files.length);
  const { files, drafts } = unpackFiles(json, sha256);
  const segments = unpackSegments(json, drafts);
  const uses = firstUses(segments, json.parents.length);
  const parents = json.parents.map((parent, number) =>
    unpackParent(parent, { files, segments }, uses[number] ?? new Map(), hashes),
  );
  const digested = withDigests(segments, parents, hashes);
  const records = unpackRecords(json.records, digested);
  const lossy = json.lossy && unpackLossy(json.lossy, files, records, hashes);
  hashes.end();
  const { writer, level, name, kind, links = [], folders = [] } = json;
  const contents = {
    ...{ writer, level, name, kind, parents, files, segments: digested },
    links,
    folders: folders.map((folder) => ({ path: folder.path, ...stampsOf(folder) })),
    ...(lossy && { lossy }),
  };
  return withRecords(contents, json.requires, records);
}

/** What is said of approximated tensors, and the hashes of the files that they stand for. */
function unpackLossy(
  { codec, cosine, slope, largest, cosines, slopes }: NonNullable<IndexJson['lossy']>,
  files: readonly DeltaFileEntry[],
  records: readonly DeltaRecord[],
  hashes: HashReader,
): LossyNote {
  const numbers = lossySegments(records);
  if (cosines.length !== numbers.length || slopes.length !== numbers.length) {
    throw new Flaw('it says of another number of tensors how near they come than are approximated');
  }
  const tensors = numbers.map((segment, at) => ({
    segment,
    cosine: cosines[at] ?? null,
    slope: slopes[at] ?? 0,
  }));
  const touched = lossyFiles(files, numbers);
  return { codec, cosine, slope, largest, tensors, originals: hashes.take(sha256Bytes, touched.length) };
}

/** Adds to each segment the digest that is kept of it, or that its input has. */
function withDigests(
  segments: readonly DeltaSegment[],
  parents: readonly DeltaParent[],
  hashes: HashReader,
): DeltaSegment[] {
  return segments.map((segment) => {
    const { recipe, input, length } = segment;
    if (!keepsDigest(length)) return segment;
    const copied = copiesBytes(recipe) && input;
    const digest = recipe.coded
      ? hashes.take(digestBytes, 1)[0]
      : copied && parents[copied.parent]?.segments[copied.segment]?.digest;
    return digest ? { ...segment, digest } : segment;
  });
}

function stampsOf(entry: { mode?: number | undefined; mtimeNs?: string | undefined }): {
  mode?: number;
  mtimeNs?: string;
} {
  return {
    ...(entry.mode !== undefined && { mode: entry.mode }),
    ...(entry.mtimeNs !== undefined && { mtimeNs: entry.mtimeNs }),
  };
}

type Draft = Pick<DeltaSegment, 'number' | 'file' | 'kind' | 'offset' | 'length' | 'tensor'>;

function unpackFiles(
  json: IndexJson,
  sha256: readonly string[],
): { files: DeltaFileEntry[]; drafts: Draft[] } {
  const tensors = unpackTensors(json.segments);
  const kinds = Array.from(json.segments.kinds, (letter) => kindOf(letter));
  let nextTensor = 0;
  const ofSegment = kinds.map((kind) => (kind === 'tensor' ? tensors[nextTensor++] : undefined));
  if (nextTensor !== tensors.length) throw new Flaw('it has another number of tensors than it says');
  const lengths = unpackExceptions(
    json.segments.lengths,
    kinds.length,
    (at) => usualLength(ofSegment[at]),
    'lengths',
  );
  const drafts: Draft[] = [];
  const files = json.files.map((entry, file): DeltaFileEntry => {
    const firstSegment = drafts.length;
    let size = 0;
    for (let left = entry.segments; left > 0; left -= 1) {
      const number = drafts.length;
      const kind = kinds[number];
      if (kind === undefined) throw new Flaw('its files have more segments than it lists');
      const tensor = ofSegment[number];
      const length = lengths[number] ?? 0;
      drafts.push({ number, file, kind, offset: size, length, ...(tensor && { tensor }) });
      size += length;
      if (!Number.isSafeInteger(size)) throw new Flaw('a file has more than 2^53 - 1 bytes');
    }
    const { path, format } = entry;
    const place = { path, size, format, firstSegment, endSegment: drafts.length };
    return { ...place, sha256: sha256[file] ?? '', ...stampsOf(entry) };
  });
  if (drafts.length !== kinds.length) throw new Flaw('it has segments that belong to no file');
  return { files, drafts };
}

function kindOf(letter: string): Draft['kind'] {
  if (letter === kindLetters.tensor) return 'tensor';
  return letter === kindLetters.header ? 'header' : 'raw';
}

function unpackTensors(json: IndexJson['segments']): TensorInfo[] {
  const names = unpackNames({ patterns: json.names, steps: json.steps });
  const count = names.length;
  if (json.shapes.length !== count) throw new Flaw('its columns "names" and "shapes" differ in length');
  const dtypes = unpackExceptions(json.dtypes, count, (at, before) => before[at - 1] ?? 'F32', 'dtypes');
  const bigEndian = unpackExceptions(
    json.bigEndian,
    count,
    (at, before) => before[at - 1] ?? false,
    'bigEndian',
  );
  return names.map((name, at) => tensorOf(name, dtypes[at], json.shapes[at], bigEndian[at]));
}

function tensorOf(
  name: string,
  dtype: string | undefined,
  shape: readonly number[] = [],
  bigEndian = false,
): TensorInfo {
  return { name, dtype: dtypeOf(dtype ?? ''), shape, ...(bigEndian && { bigEndian }) };
}

function dtypeOf(name: string): Dtype {
  if (!isDtype(name)) throw new Flaw(`it has an element type "${name}" that does not exist`);
  return name;
}

function unpackRecipes(json: IndexJson): Recipe[] {
  const known = json.recipes.map(({ predictor, grid, coded = true, bundled }): Recipe => ({
    predictor: predictorOf(predictor),
    version: 0,
    ...(grid !== undefined && { grid }),
    coded,
    ...(bundled && { bundled }),
  }));
  return json.segments.recipes.map((number) => {
    const recipe = known[number];
    if (recipe === undefined) throw new Flaw(`it has no recipe ${number}`);
    return recipe;
  });
}

function predictorOf(name: IndexJson['recipes'][number]['predictor']): Recipe['predictor'] {
  switch (name) {
    case 'same-0':
      return 'same';
    case 'cast-0':
      return 'cast';
    case 'scaled-0':
      return 'scaled';
    case 'none':
      return 'none';
  }
}

function unpackInputs(json: IndexJson, recipes: readonly Recipe[]): DeltaSegment['input'][] {
  const total = json.parents.reduce((sum, parent) => sum + parent.segments.count, 0);
  if (total > recipes.length) throw new Flaw('it lists more segments of parents than it uses');
  const places = json.parents.flatMap(({ segments }, parent) =>
    Array.from({ length: segments.count }, (_, segment) => ({ parent, segment })),
  );
  const predicted = recipes.filter(({ predictor }) => predictor !== 'none').length;
  const steps = unpackExceptions(json.segments.inputs, predicted, () => 0, 'inputs');
  let expected = 0;
  let next = 0;
  return recipes.map(({ predictor }, at) => {
    if (predictor === 'none') return undefined;
    const flat = expected + (steps[next] ?? 0);
    const place = places[flat];
    if (place === undefined) throw new Flaw(`its segment ${at} has an input that no parent has`);
    expected = flat + 1;
    next += 1;
    return place;
  });
}

/** By number of the coded segment: where its scales lie. */
function unpackScales(columns: IndexJson['segments'], coded: readonly Draft[]): Map<number, Scales> {
  const tensors = coded.filter(({ tensor }) => tensor !== undefined);
  const objects = unpackExceptions<number | null>(
    columns.scaleObjects,
    tensors.length,
    (at, before) => before[at - 1] ?? null,
    'scaleObjects',
  );
  const users = tensors.flatMap(({ number }, at) => {
    const object = objects[at] ?? null;
    return object === null ? [] : [{ number, object }];
  });
  const places = unpackExceptions<number>(
    columns.scalePlaces,
    users.length,
    (at, before) => usualPlace(users, at, before),
    'scalePlaces',
  );
  return new Map(users.map(({ number, object }, at) => [number, { object, place: places[at] ?? 0 }]));
}

type Scales = NonNullable<DeltaSegment['scales']>;

function unpackSegments(json: IndexJson, drafts: readonly Draft[]): DeltaSegment[] {
  const columns = json.segments;
  if (columns.recipes.length !== drafts.length) {
    throw new Flaw('its column "recipes" is not as long as its list of segments');
  }
  const recipes = unpackRecipes(json);
  const inputs = unpackInputs(json, recipes);
  const coded = drafts.filter(({ number }) => recipes[number]?.coded);
  const scales = unpackScales(columns, coded);
  const { shares, norms, largest } = columns;
  if ([shares, norms, largest].some(({ length }) => length !== coded.length)) {
    throw new Flaw('its columns of changes are not as long as its list of coded segments');
  }
  let next = 0;
  return drafts.map((draft, at) => {
    const recipe = recipes[at];
    if (recipe === undefined) throw new Flaw(`its segment ${at} has no recipe`);
    const input = inputs[at];
    const place = scales.get(at);
    const change = recipe.coded
      ? { share: shares[next] ?? 0, norm: norms[next] ?? null, largest: largest[next] ?? null }
      : { share: 0, norm: 0, largest: 0 };
    if (recipe.coded) next += 1;
    const about = { recipe, change };
    return { ...draft, ...about, ...(input && { input }), ...(place && { scales: place }) };
  });
}

function unpackParent(
  json: ParentJson,
  index: Pick<DeltaIndex, 'files' | 'segments'>,
  uses: ReadonlyMap<number, DeltaSegment>,
  hashes: HashReader,
): DeltaParent {
  const { name, kind, paths, segments: columns } = json;
  const own = new Map(index.files.map((file) => [file.path, file]));
  const sizes = unpackExceptions(
    json.sizes,
    paths.length,
    (at) => own.get(paths[at] ?? '')?.size ?? 0,
    'sizes',
  );
  const { count } = columns;
  const column = <T>(
    packed: Exceptions<T> | undefined,
    usual: (user: DeltaSegment) => T,
    otherwise: T,
    label: string,
  ): T[] =>
    unpackExceptions(
      packed,
      count,
      (at) => {
        const user = uses.get(at);
        return user === undefined ? otherwise : usual(user);
      },
      label,
    );
  const sha256 = unpackExceptions(
    takeHashes(hashes, json.sha256, sha256Bytes),
    paths.length,
    (at) => own.get(paths[at] ?? '')?.sha256 ?? '',
    'sha256',
  );
  const files = unpackExceptions(columns.files, count, (at, before) => before[at - 1] ?? 0, 'files');
  const lengths = column(columns.lengths, (user) => user.length, 0, 'lengths');
  const offsets = unpackExceptions<number>(
    columns.offsets,
    count,
    (at, before) => {
      const [file = 0, last] = [files[at], at - 1];
      const previous = { file: files[last] ?? 0, offset: before[last] ?? 0, length: lengths[last] ?? 0 };
      return usualOffset(at > 0 ? previous : undefined, file, uses.get(at));
    },
    'offsets',
  );
  const tensors = unpackParentTensors(columns, uses);
  const segments = lengths.map((length, at): ParentSegment => {
    const [digest = ''] = hashes.take(inputDigestBytes(length), 1);
    const tensor = tensors[at];
    const place = { file: files[at] ?? 0, offset: offsets[at] ?? 0, length };
    return { digest, ...place, ...(tensor && { tensor }) };
  });
  return {
    name,
    kind,
    files: paths.map((path, at) => {
      const hash = sha256[at] ?? '';
      if (hash === '') throw new Flaw('a file of a parent has no hash');
      return { path, size: sizes[at] ?? 0, sha256: hash };
    }),
    segments,
  };
}

function unpackParentTensors(
  columns: ParentJson['segments'],
  uses: ReadonlyMap<number, DeltaSegment>,
): (TensorInfo | undefined)[] {
  const names = unpackExceptions(
    columns.names,
    columns.count,
    (at) => uses.get(at)?.tensor?.name ?? null,
    'names',
  );
  const users = names.flatMap((name, at) => (name === null ? [] : [uses.get(at)?.tensor]));
  const count = users.length;
  const dtypes = unpackExceptions<string>(columns.dtypes, count, (at) => users[at]?.dtype ?? 'F32', 'dtypes');
  const shapes = unpackExceptions<readonly number[]>(
    columns.shapes,
    count,
    (at) => users[at]?.shape ?? [],
    'shapes',
  );
  const bigEndian = unpackExceptions(
    columns.bigEndian,
    count,
    (at) => users[at]?.bigEndian === true,
    'bigEndian',
  );
  let next = 0;
  return names.map((name) => {
    if (name === null) return undefined;
    const at = next++;
    return tensorOf(name, dtypes[at], shapes[at], bigEndian[at]);
  });
}

function takeHashes(
  hashes: HashReader,
  at: readonly number[] | undefined,
  bytes: number,
): Exceptions<string> | undefined {
  return at && { at, values: hashes.take(bytes, at.length) };
}

const codecsByLetter = new Map(
  (Object.keys(chunkCodecs) as ChunkCodec[]).map((codec) => [codecLetter(codec), codec]),
);

const sideByLetter = new Map<string, SideKind>([
  [sideLetters.scales, 'scales'],
  [sideLetters.tables, 'tables'],
]);

function unpackRecords(json: IndexJson['records'], segments: readonly DeltaSegment[]): DeltaRecord[] {
  if (json.bytes.length !== json.kinds.length) throw new Flaw('its columns of records differ in length');
  const covered = new Float64Array(segments.length);
  const counts = new ChunkCounts(json.counts);
  const bundles = new Bundles(segments);
  const records: DeltaRecord[] = [];
  let offset = headBytes;
  let chunk = 0;
  let segment = 0;
  let object = 0;
  let bundled = 0;
  for (const [number, letter] of Array.from(json.kinds).entries()) {
    const bytes = json.bytes[number] ?? 0;
    const place = { number, offset, bytes };
    offset += recordHeaderBytes + bytes;
    if (!Number.isSafeInteger(offset)) throw new Flaw('its records end beyond 2^53 - 1');
    const holds = sideByLetter.get(letter);
    if (holds) {
      records.push({ ...place, kind: 'side', holds, object });
      object += 1;
      continue;
    }
    const codec = codecsByLetter.get(letter);
    segment += json.segments[chunk] ?? 0;
    chunk += 1;
    const whole = segments[segment];
    if (codec === undefined || whole === undefined)
      throw new Flaw(`record ${number} is a chunk of no segment`);
    const first = covered[segment] ?? 0;
    if (codec === 'bundle' || codec === 'pack') {
      const count = counts.next(() => bundles.usualCount(codec, segment));
      bundled += count;
      if (bundled > segments.length) throw new Flaw('its records hold more segments than there are');
      records.push({ ...place, kind: 'chunk', codec, segment, first: 0, count });
      continue;
    }
    const count = counts.next(() => usualUnits(whole, { codec, first }));
    covered[segment] = first + count;
    records.push({ ...place, kind: 'chunk', codec, segment, first, count });
  }
  if (chunk !== json.segments.length || !counts.done)
    throw new Flaw('it has another number of chunks than it says');
  return records;
}

/** The column of counts, one by one: what is usual depends on the counts before. */
class ChunkCounts {
  readonly #at: readonly number[];
  readonly #values: readonly number[];
  #index = 0;
  #gap: number;

  constructor(packed: Exceptions<number> | undefined) {
    this.#at = packed?.at ?? [];
    this.#values = packed?.values ?? [];
    if (this.#at.length !== this.#values.length) {
      throw new Flaw('its column "counts" has another length than its places');
    }
    this.#gap = this.#at[0] ?? Infinity;
  }

  get done(): boolean {
    return this.#index === this.#at.length;
  }

  next(usual: () => number): number {
    if (this.#gap > 0) {
      this.#gap -= 1;
      return usual();
    }
    const value = this.#values[this.#index] ?? usual();
    this.#index += 1;
    this.#gap = this.#at[this.#index] ?? Infinity;
    return value;
  }
}
