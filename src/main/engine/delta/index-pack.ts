import { gridOf, matrixOf, usualChunk } from '../codecs/index.ts';
import { elementCount, dtypeBits } from '../dtypes.ts';
import type { TensorInfo } from '../formats/segments.ts';
import { packExceptions, HashWriter, type Exceptions } from './columns.ts';
import { checkIndex } from './index-check.ts';
import type { IndexJson, ParentJson } from './index-schema.ts';
import type {
  ChunkRecord,
  DeltaIndex,
  DeltaParent,
  DeltaRecord,
  DeltaSegment,
  LossyNote,
  ParentSegment,
  Recipe,
} from './index-types.ts';
import { Bundles } from './bundles.ts';
import { chunkCodecs, unitBytes, unitCount, type ChunkCodec } from './layout.ts';
import { packNames } from './names.ts';

// In-memory index -> JSON. What is left out as usual here is put back by index-unpack.ts from the same rules, which
// stand in this file as exported functions.

export const kindLetters = { header: 'h', tensor: 't', raw: 'r' } as const;
export const sideLetters = { scales: 'S', tables: 'T' } as const;

/** The letter of a codec among the kinds of the records. */
export function codecLetter(codec: ChunkCodec): string {
  return chunkCodecs[codec].toString(36);
}

/** Bytes that shape and type of a tensor come to; 0 for what is no tensor. */
export function usualLength(tensor: TensorInfo | undefined): number {
  return tensor === undefined ? 0 : (elementCount(tensor.shape) * dtypeBits[tensor.dtype]) / 8;
}

/** What is usual for the place of a parent's segment in its file: the end of the one before, at first as its user. */
export function usualOffset(
  before: Pick<ParentSegment, 'file' | 'offset' | 'length'> | undefined,
  file: number,
  user: DeltaSegment | undefined,
): number {
  return before?.file === file ? before.offset + before.length : (user?.offset ?? 0);
}

/** First of the segments that each segment of each parent is input of. */
export function firstUses(segments: readonly DeltaSegment[], parents: number): Map<number, DeltaSegment>[] {
  const uses = Array.from({ length: parents }, () => new Map<number, DeltaSegment>());
  for (const segment of segments) {
    if (segment.input === undefined) continue;
    const map = uses[segment.input.parent];
    if (map?.has(segment.input.segment) === false) map.set(segment.input.segment, segment);
  }
  return uses;
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, at) => size === b[at]);

/**
 * The JSON of an index, and its hashes.
 * @throws Flaw when the index contradicts itself
 */
export function packIndex(index: DeltaIndex): { readonly json: IndexJson; readonly hashes: Uint8Array } {
  checkIndex(index);
  const { files, segments, links, folders, parents, records } = index;
  const recipes = new Map<string, { readonly number: number; readonly recipe: Recipe }>();
  const recipeNumbers = segments.map(({ recipe }) => {
    const { predictor, version, grid, coded, bundled } = recipe;
    const key = JSON.stringify([predictor, version, grid, coded, bundled]);
    const known = recipes.get(key) ?? { number: recipes.size, recipe };
    recipes.set(key, known);
    return known.number;
  });
  const uses = firstUses(segments, parents.length);
  const hashes = new HashWriter();
  hashes.add(files.map(({ sha256 }) => sha256));
  const packedParents = parents.map((parent, number) =>
    packParent(parent, index, uses[number] ?? new Map(), hashes),
  );
  hashes.add(segments.flatMap(({ recipe, digest }) => (recipe.coded && digest ? [digest] : [])));
  const { lossy } = index;
  if (lossy) hashes.add(lossy.originals);
  const json = {
    writer: index.writer,
    level: index.level,
    name: index.name,
    kind: index.kind,
    requires: [...index.requires],
    files: files.map((file) => ({
      path: file.path,
      format: file.format,
      segments: file.endSegment - file.firstSegment,
      ...stampsOf(file),
    })),
    ...(links.length > 0 && { links: links.map(({ path, target }) => ({ path, target })) }),
    ...(folders.length > 0 && {
      folders: folders.map((folder) => ({ path: folder.path, ...stampsOf(folder) })),
    }),
    recipes: [...recipes.values()].map(({ recipe: { predictor, version, grid, coded, bundled } }) => ({
      predictor: predictor === 'none' ? predictor : (`${predictor}-${version}` as const),
      ...(grid !== undefined && { grid }),
      ...(!coded && { coded: false as const }),
      ...(bundled && { bundled }),
    })),
    segments: packSegments(index, recipeNumbers),
    records: packRecords(segments, records),
    parents: packedParents,
    ...(lossy && { lossy: packLossy(lossy) }),
  };
  return { json, hashes: hashes.bytes() };
}

function packLossy({ codec, cosine, slope, largest, tensors }: LossyNote): NonNullable<IndexJson['lossy']> {
  return {
    ...{ codec, cosine, slope, largest },
    cosines: tensors.map((tensor) => tensor.cosine),
    slopes: tensors.map((tensor) => tensor.slope),
  };
}

function stampsOf(entry: { mode?: number; mtimeNs?: string }): { mode?: number; mtimeNs?: string } {
  return {
    ...(entry.mode !== undefined && { mode: entry.mode }),
    ...(entry.mtimeNs !== undefined && { mtimeNs: entry.mtimeNs }),
  };
}

function packSegments(index: DeltaIndex, recipes: readonly number[]): IndexJson['segments'] {
  const { segments, parents } = index;
  const tensors = segments.flatMap(({ tensor }) => (tensor === undefined ? [] : [tensor]));
  const { patterns, steps } = packNames(tensors.map(({ name }) => name));
  const coded = segments.filter(({ recipe }) => recipe.coded);
  const scales = coded.flatMap((segment) => (segment.tensor === undefined ? [] : [segment.scales]));
  const places = scales.flatMap((place) => place ?? []);
  return {
    kinds: segments.map(({ kind }) => kindLetters[kind]).join(''),
    recipes,
    inputs: packInputs(segments, parents),
    lengths: packExceptions(
      segments.map(({ length }) => length),
      (at) => usualLength(segments[at]?.tensor),
    ),
    names: patterns,
    steps,
    shapes: tensors.map(({ shape }) => shape as number[]),
    dtypes: packExceptions<string>(
      tensors.map(({ dtype }) => dtype),
      (at, before) => before[at - 1] ?? 'F32',
    ),
    bigEndian: packExceptions<boolean>(
      tensors.map(({ bigEndian }) => bigEndian === true),
      (at, before) => before[at - 1] ?? false,
    ),
    scaleObjects: packExceptions<number | null>(
      scales.map((place) => place?.object ?? null),
      (at, before) => before[at - 1] ?? null,
    ),
    scalePlaces: packExceptions<number>(
      places.map(({ place }) => place),
      (at, before) => usualPlace(places, at, before),
    ),
    shares: coded.map(({ change }) => change.share),
    norms: coded.map(({ change }) => change.norm),
    largest: coded.map(({ change }) => change.largest),
  };
}

/** What is usual for the units of a chunk: whole rows of about 1 MiB; of an unchanged one all that are left. */
export function usualUnits(
  segment: DeltaSegment,
  { codec, first }: Pick<ChunkRecord, 'codec' | 'first'>,
): number {
  const left = unitCount(segment) - first;
  if (codec === 'unchanged') return left;
  const { tensor } = segment;
  const columns = tensor && gridOf(tensor) ? matrixOf(tensor.shape).columns : 1;
  return Math.min(left, usualChunk(columns, unitBytes(segment)));
}

/** What is usual for the place of scales in their side object. */
export function usualPlace(
  scales: readonly { readonly object: number }[],
  at: number,
  before: readonly number[],
): number {
  return at > 0 && scales[at]?.object === scales[at - 1]?.object ? (before[at - 1] ?? 0) + 1 : 0;
}

function packInputs(
  segments: readonly DeltaSegment[],
  parents: readonly DeltaParent[],
): Exceptions<number> | undefined {
  const firsts: number[] = [];
  let total = 0;
  for (const parent of parents) {
    firsts.push(total);
    total += parent.segments.length;
  }
  let expected = 0;
  const steps = segments.flatMap(({ input }) => {
    if (input === undefined) return [];
    const flat = (firsts[input.parent] ?? 0) + input.segment;
    const step = flat - expected;
    expected = flat + 1;
    return [step];
  });
  return packExceptions(steps, () => 0);
}

function packRecords(
  segments: readonly DeltaSegment[],
  records: readonly DeltaRecord[],
): IndexJson['records'] {
  const chunks = records.filter((record): record is ChunkRecord => record.kind === 'chunk');
  const bundles = new Bundles(segments);
  let last = 0;
  const steps = chunks.map(({ segment }) => {
    const step = segment - last;
    last = segment;
    return step;
  });
  return {
    kinds: records
      .map((record) => (record.kind === 'chunk' ? codecLetter(record.codec) : sideLetters[record.holds]))
      .join(''),
    bytes: records.map(({ bytes }) => bytes),
    segments: steps,
    counts: packExceptions(
      chunks.map(({ count }) => count),
      (at) => {
        const chunk = chunks[at];
        const segment = segments[chunk?.segment ?? -1];
        if (chunk === undefined || segment === undefined) return 0;
        const { codec } = chunk;
        const isBundle = codec === 'bundle' || codec === 'pack';
        return isBundle ? bundles.usualCount(codec, chunk.segment) : usualUnits(segment, chunk);
      },
    ),
  };
}

function packParent(
  parent: DeltaParent,
  index: DeltaIndex,
  uses: ReadonlyMap<number, DeltaSegment>,
  hashes: HashWriter,
): ParentJson {
  const { files, segments } = parent;
  const own = new Map(index.files.map((file) => [file.path, file]));
  const column = <T>(
    of: (segment: ParentSegment) => T,
    usual: (user: DeltaSegment) => T,
    otherwise: T,
    same?: (a: T, b: T) => boolean,
  ): Exceptions<T> | undefined =>
    packExceptions(
      segments.map(of),
      (at) => {
        const user = uses.get(at);
        return user === undefined ? otherwise : usual(user);
      },
      same,
    );
  const tensors = segments.flatMap((segment, number) =>
    segment.tensor === undefined ? [] : [{ tensor: segment.tensor, usual: uses.get(number)?.tensor }],
  );
  const sha256 = packExceptions(
    files.map((file) => file.sha256),
    (at) => own.get(files[at]?.path ?? '')?.sha256 ?? '',
  );
  hashes.add(sha256?.values ?? []);
  hashes.add(segments.map(({ digest }) => digest));
  return {
    name: parent.name,
    kind: parent.kind,
    paths: files.map(({ path }) => path),
    sizes: packExceptions(
      files.map(({ size }) => size),
      (at) => own.get(files[at]?.path ?? '')?.size ?? 0,
    ),
    sha256: sha256?.at,
    segments: {
      count: segments.length,
      files: packExceptions(
        segments.map(({ file }) => file),
        (at, before) => before[at - 1] ?? 0,
      ),
      offsets: packExceptions(
        segments.map(({ offset }) => offset),
        (at) => usualOffset(segments[at - 1], segments[at]?.file ?? 0, uses.get(at)),
      ),
      lengths: column(
        ({ length }) => length,
        (user) => user.length,
        0,
      ),
      names: column<string | null>(
        ({ tensor }) => tensor?.name ?? null,
        (user) => user.tensor?.name ?? null,
        null,
      ),
      dtypes: packExceptions<string>(
        tensors.map(({ tensor }) => tensor.dtype),
        (at) => tensors[at]?.usual?.dtype ?? 'F32',
      ),
      shapes: packExceptions(
        tensors.map(({ tensor }) => tensor.shape as number[]),
        (at) => (tensors[at]?.usual?.shape ?? []) as number[],
        sameShape,
      ),
      bigEndian: packExceptions<boolean>(
        tensors.map(({ tensor }) => tensor.bigEndian === true),
        (at) => tensors[at]?.usual?.bigEndian === true,
      ),
    },
  };
}
