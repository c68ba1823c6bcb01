import { gridOf, matrixOf } from '../codecs/index.ts';
import { quote } from '../formats/malformed.ts';
import { elementCount, dtypeBits } from '../dtypes.ts';
import { featuresOf } from './features.ts';
import { Flaw } from './flaw.ts';
import type { ChunkRecord, DeltaIndex, DeltaParent, DeltaSegment, ParentSegment } from './index-types.ts';
import { Bundles } from './bundles.ts';
import {
  bundleCodecs,
  copiesBytes,
  isLossy,
  headBytes,
  recordHeaderBytes,
  unitBytes,
  unitCount,
} from './layout.ts';
import { lossyFiles, lossySegments } from './lossy-segments.ts';
import { maxBundleBytes, maxChunkBytes, maxPayloadBytes } from './limits.ts';
import { pathsProblem } from './paths.ts';
import { mayBeSafetensorsHeader } from './safetensors-header.ts';

/**
 * Checks that the parts of an index agree with each other; what each value may be by itself is the schema's matter.
 * @throws Flaw naming the first contradiction
 */
export function checkIndex(index: DeltaIndex): void {
  checkFiles(index);
  for (const parent of index.parents) checkParent(parent);
  for (const segment of index.segments) checkSegment(index, segment);
  checkRecords(index);
  checkScalePlaces(index);
  checkLossy(index);
  checkFeatures(index);
}

function checkPaths(leaves: readonly { path: string }[], folders: readonly { path: string }[] = []): void {
  const problem = pathsProblem(
    leaves.map(({ path }) => path),
    folders.map(({ path }) => path),
  );
  if (problem !== undefined) throw new Flaw(`it names a hostile path: ${problem}`);
}

function checkFiles({ kind, files, links, folders, segments }: DeltaIndex): void {
  const inside = folders.filter(({ path }) => path !== '');
  if (inside.length < folders.length - 1) throw new Flaw("it describes the model's own folder twice");
  checkPaths([...files, ...links], inside);
  for (const { path, target } of links) {
    if (target === '' || target.includes('\0') || !target.isWellFormed()) {
      throw new Flaw(`its link ${quote(path)} has no usable target`);
    }
  }
  if (kind === 'file' && (files.length !== 1 || links.length > 0 || folders.length > 0)) {
    throw new Flaw('it says that the model is one file, but lists something else');
  }
  let next = 0;
  for (const [number, { path, size, firstSegment, endSegment }] of files.entries()) {
    let offset = 0;
    if (firstSegment !== next || endSegment < firstSegment)
      throw new Flaw(`its file ${quote(path)} skips segments`);
    for (next = firstSegment; next < endSegment; next += 1) {
      const segment = segments[next];
      if (segment?.number !== next || segment.file !== number || segment.offset !== offset) {
        throw new Flaw(`segment ${next} is not where the segment before it ends in ${quote(path)}`);
      }
      offset += segment.length;
      if (!Number.isSafeInteger(offset))
        throw new Flaw(`its file ${quote(path)} has more than 2^53 - 1 bytes`);
    }
    if (offset !== size) throw new Flaw(`the segments of ${quote(path)} are not as long as the file`);
  }
  if (next !== segments.length) throw new Flaw('it has segments that belong to no file');
}

function checkParent({ name, files, segments }: DeltaParent): void {
  checkPaths(files);
  for (const [number, { file, offset, length, tensor }] of segments.entries()) {
    const size = files[file]?.size;
    if (size === undefined || offset + length > size) {
      throw new Flaw(`segment ${number} of its parent ${quote(name)} lies in no file of that parent`);
    }
    if (tensor !== undefined) checkTensor(tensor, length);
  }
}

function checkTensor({ name, dtype, shape }: NonNullable<DeltaSegment['tensor']>, length: number): void {
  const bytes = (elementCount(shape) * dtypeBits[dtype]) / 8;
  if (bytes !== length) {
    throw new Flaw(`its tensor ${quote(name)} has ${length} bytes, but type and shape come to ${bytes}`);
  }
}

function checkSegment({ parents, sideObjects }: DeltaIndex, segment: DeltaSegment): void {
  const { number, kind, tensor, length, recipe, input, scales, change } = segment;
  const named = (): string => (tensor === undefined ? `segment ${number}` : `tensor ${quote(tensor.name)}`);
  if ((kind === 'tensor') !== (tensor !== undefined))
    throw new Flaw(`its ${named()} has a wrong description`);
  if (tensor !== undefined) checkTensor(tensor, length);
  const used = input && parents[input.parent]?.segments[input.segment];
  if (input !== undefined && used === undefined)
    throw new Flaw(`its ${named()} has an input that no parent has`);
  if ((recipe.predictor === 'none') !== (input === undefined)) {
    throw new Flaw(`the recipe of its ${named()} does not fit its inputs`);
  }
  if (!recipe.coded) {
    if (used === undefined) throw new Flaw(`its ${named()} comes from nowhere`);
    if (change.share !== 0 || change.norm !== 0 || change.largest !== 0 || scales !== undefined) {
      throw new Flaw(`its ${named()} is not coded, but changed or has scales`);
    }
    if (recipe.bundled || !mayEqual(segment, used)) {
      throw new Flaw(`its ${named()} is said to equal an input that it cannot equal`);
    }
  }
  if (scales !== undefined && tensor === undefined)
    throw new Flaw(`its ${named()} is no tensor, but has scales`);
  if (scales !== undefined && sideObjects[scales.object]?.holds !== 'scales') {
    throw new Flaw(`its ${named()} has scales in a side object that holds none`);
  }
  if (change.share > 1) throw new Flaw(`more than all values of its ${named()} are changed`);
}

/** Whether a segment that is not coded can come from its input: by its bytes, or by a cast of each element. */
function mayEqual(segment: DeltaSegment, used: ParentSegment): boolean {
  const { recipe, tensor, length } = segment;
  if (copiesBytes(recipe)) return used.length === length;
  if (recipe.predictor === 'scaled' || !tensor || !used.tensor) return false;
  const grids = gridOf(tensor) !== undefined && gridOf(used.tensor) !== undefined;
  return grids && unitCount(segment) === unitCount(used);
}

function checkRecords(index: DeltaIndex): void {
  const { records, chunks, sideObjects, segments } = index;
  const bundles = new Bundles(segments);
  /** By segment: units that are covered so far. */
  const covered = new Float64Array(segments.length);
  let offset = headBytes;
  let listed = 0;
  let sides = 0;
  for (const [number, record] of records.entries()) {
    if (record.number !== number || record.offset !== offset) {
      throw new Flaw(`record ${number} is not where the record before it ends`);
    }
    if (record.bytes > maxPayloadBytes) {
      throw new Flaw(`record ${number} has ${record.bytes} bytes, more than the ${maxPayloadBytes} allowed`);
    }
    offset += recordHeaderBytes + record.bytes;
    if (record.kind === 'side') {
      if (record.object !== sides || sideObjects[sides] !== record) {
        throw new Flaw(`record ${number} is not the next side object`);
      }
      sides += 1;
    } else if (bundleCodecs.has(record.codec)) {
      coverBundle(record, segments, bundles.segmentsOf(record), covered);
      listed += record.count;
    } else {
      coverChunk(record, index, covered);
      listed += 1;
    }
  }
  if (sides !== sideObjects.length) throw new Flaw('it lists side objects that are no records');
  checkCoverage(segments, covered);
  checkChunkLists(chunks, segments.length, listed);
}

/** Approximated tensors are predicted, coded by whole rows, and said to be such. */
function checkLossy({ segments, records, files, lossy }: DeltaIndex): void {
  const numbers = lossySegments(records);
  if (numbers.length > 0 !== (lossy !== undefined)) {
    throw new Flaw('it does not say that tensors are approximated, or says so of none');
  }
  if (!lossy) return;
  const touched = lossyFiles(files, numbers);
  const right = lossy.tensors.length === numbers.length && lossy.originals.length === touched.length;
  if (!right || lossy.tensors.some(({ segment }, at) => segment !== numbers[at])) {
    throw new Flaw('what it says of approximated tensors does not fit them');
  }
  for (const record of records) {
    if (record.kind !== 'chunk' || !isLossy(record.codec)) continue;
    const { tensor, recipe, input, scales } = segments[record.segment] ?? {};
    const { columns, scaledColumns } = matrixOf(tensor?.shape ?? []);
    const rows = scaledColumns && record.first % columns === 0 && record.count % columns === 0;
    const plain = recipe?.grid === undefined && recipe?.predictor !== 'scaled';
    const fits = tensor && gridOf(tensor) && input && plain && rows;
    if (!fits || (record.codec === 'levels' && !scales)) {
      throw new Flaw(`record ${record.number} approximates what cannot be approximated so`);
    }
  }
}

/** The tensors that share a side object of scales have the places 0, 1, 2 ... in it, each once. */
function checkScalePlaces({ segments, sideObjects }: DeltaIndex): void {
  const places = sideObjects.map((): number[] => []);
  for (const { scales } of segments) if (scales) places[scales.object]?.push(scales.place);
  for (const [object, taken] of places.entries()) {
    taken.sort((a, b) => a - b);
    if (taken.some((place, position) => place !== position)) {
      throw new Flaw(`the places among the scales of its side object ${object} are not each taken once`);
    }
  }
}

function coverChunk(
  { number, segment, first, count, codec, bytes }: ChunkRecord,
  { files, segments }: DeltaIndex,
  covered: Float64Array,
): void {
  const whole = segments[segment];
  if (whole?.recipe.coded !== true || whole.recipe.bundled) {
    throw new Flaw(`record ${number} is a chunk of a segment that has none`);
  }
  const end = first + count;
  if (first !== covered[segment] || count === 0 || count > 0xffff_ffff || end > unitCount(whole)) {
    throw new Flaw(`record ${number} covers units ${first} to ${end} of segment ${segment}, out of turn`);
  }
  if (codec === 'unchanged' && (bytes > 0 || whole.input === undefined)) {
    throw new Flaw(`record ${number} is said to equal a prediction, but has bytes or no input`);
  }
  if (codec === 'safetensors' && !(count === whole.length && mayBeSafetensorsHeader(files, whole))) {
    throw new Flaw(`record ${number} is said to be a header, but stands for something else`);
  }
  if (codec !== 'unchanged' && count * unitBytes(whole) > maxChunkBytes) {
    throw new Flaw(
      `record ${number} holds ${count * unitBytes(whole)} bytes, more than the ${maxChunkBytes} allowed`,
    );
  }
  covered[segment] = end;
}

function coverBundle(
  { number, segment, first, count }: ChunkRecord,
  segments: readonly DeltaSegment[],
  members: readonly number[],
  covered: Float64Array,
): void {
  if (members.length !== count || members[0] !== segment || first !== 0) {
    throw new Flaw(`record ${number} holds ${count} segments together that are not there`);
  }
  let bytes = 0;
  for (const member of members) {
    const whole = segments[member];
    if (whole === undefined || covered[member] !== 0) {
      throw new Flaw(`record ${number} holds segment ${member} a second time`);
    }
    bytes += whole.length;
    covered[member] = unitCount(whole);
  }
  if (bytes > maxBundleBytes) throw new Flaw(`record ${number} holds more than a bundle may`);
}

function checkCoverage(segments: readonly DeltaSegment[], covered: Float64Array): void {
  for (const segment of segments) {
    if (segment.recipe.coded && covered[segment.number] !== unitCount(segment)) {
      throw new Flaw(`segment ${segment.number} is not covered by its chunks`);
    }
  }
}

function checkChunkLists(chunks: DeltaIndex['chunks'], segments: number, total: number): void {
  const listed = chunks.reduce((sum, list) => sum + list.length, 0);
  if (chunks.length !== segments || listed !== total) throw new Flaw('its lists of chunks miss some');
}

function checkFeatures({ requires, segments, records }: DeltaIndex): void {
  const recipes = new Set(segments.map(({ recipe }) => recipe));
  const listed = new Set(requires);
  for (const feature of featuresOf(recipes, records)) {
    if (!listed.has(feature)) throw new Flaw(`it uses the feature "${feature}" without saying so`);
  }
}
