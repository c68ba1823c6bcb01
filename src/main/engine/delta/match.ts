import { gridOf, unitBytes } from '../codecs/index.ts';
import type { PredictorInput } from '../predictors/index.ts';
import type { Digest, Source, SourceSegment } from '../sources/index.ts';

// Which segment of a parent predicts which segment of the child. Equal bytes first, under whatever name and in
// whatever file; then the same name; then names without the prefixes that wrappers add; then, for tensors that were
// renamed and changed, the most alike among those of the same shape.

/** A child's segment with what predicts it. */
export interface Match {
  /** The segment of a parent that holds the same bytes; nothing is stored then. */
  readonly same?: PredictorInput;
  /** The segment of a parent from which it is predicted. */
  readonly input?: PredictorInput;
}

/** Prefixes by which libraries rename the tensors of one and the same model. */
const PREFIXES = [
  'module.',
  '_orig_mod.',
  'model.',
  'base_model.model.',
  'transformer.',
  'bert.',
  'roberta.',
  'state_dict.',
];
/** Correlation from which a tensor of another name is taken as the parent's form of this one. */
const ALIKE = 0.7;
const SAMPLE_ELEMENTS = 2048;
/** Tensors of one shape that are compared with each other at most. */
const MOST_CANDIDATES = 64;

function bareName(name: string): string {
  let bare = name;
  for (let again = true; again;) {
    again = false;
    for (const prefix of PREFIXES) {
      if (!bare.startsWith(prefix)) continue;
      bare = bare.slice(prefix.length);
      again = true;
    }
  }
  return bare;
}

/** Shape and type class of a tensor: only tensors of the same kind predict each other. */
function kindOf(segment: SourceSegment): string | undefined {
  const { tensor } = segment;
  if (!tensor || segment.length === 0) return undefined;
  const type = gridOf(tensor) ? 'grid' : `${tensor.dtype}${tensor.bigEndian ? ' big-endian' : ''}`;
  return `${type} ${tensor.shape.filter((size) => size !== 1).join('x')}`;
}

/** Names under which a segment is looked for, the surest first. */
function keysOf(source: Source, segment: SourceSegment): string[] {
  const file = source.files[segment.file];
  const path = file?.path ?? '';
  const kind = kindOf(segment);
  if (kind !== undefined && segment.tensor) {
    const { name } = segment.tensor;
    return [`${kind} file ${path} ${name}`, `${kind} name ${name}`, `${kind} bare ${bareName(name)}`];
  }
  const ordinal = segment.number - (file?.firstSegment ?? 0);
  const lone = source.files.length === 1 ? ['lone'] : [];
  return [`bytes ${path} ${ordinal}`, ...lone.map((word) => `bytes ${word} ${ordinal}`)];
}

/**
 * Matches all segments of a child.
 * @param parents in order of preference; their digests are read where bytes may be equal
 * @returns one match per segment of the child, in order
 */
export async function matchSegments(
  child: Source,
  parents: readonly Source[],
  signal?: AbortSignal,
): Promise<Match[]> {
  const byDigest = new Map<Digest, PredictorInput>();
  const byKey = new Map<string, PredictorInput>();
  for (const source of parents) {
    for (const segment of source.segments) {
      if (segment.length === 0) continue;
      const key = `${segment.length} ${await source.digest(segment, signal)}`;
      if (!byDigest.has(key)) byDigest.set(key, { source, segment });
      for (const name of keysOf(source, segment)) {
        if (!byKey.has(name)) byKey.set(name, { source, segment });
      }
    }
  }
  const matches: Match[] = [];
  const taken = new Set<SourceSegment>();
  const open: SourceSegment[] = [];
  for (const segment of child.segments) {
    const same =
      segment.length > 0 && byDigest.get(`${segment.length} ${await child.digest(segment, signal)}`);
    const key = keysOf(child, segment).find((name) => byKey.has(name));
    const input = key === undefined ? undefined : byKey.get(key);
    if (same) matches.push({ same });
    else if (segment.length > 0 && input) matches.push({ input });
    else matches.push({});
    const used = same || input;
    if (used) taken.add(used.segment);
    else if (kindOf(segment)?.startsWith('grid')) open.push(segment);
  }
  for (const [segment, input] of await matchByLikeness(child, open, parents, taken, signal)) {
    matches[segment.number] = { input };
  }
  return matches;
}

async function matchByLikeness(
  child: Source,
  open: readonly SourceSegment[],
  parents: readonly Source[],
  taken: ReadonlySet<SourceSegment>,
  signal: AbortSignal | undefined,
): Promise<Map<SourceSegment, PredictorInput>> {
  const found = new Map<SourceSegment, PredictorInput>();
  const candidates = new Map<string, { input: PredictorInput; values: Float32Array }[]>();
  const wanted = new Set(open.map(kindOf));
  for (const source of parents) {
    for (const segment of source.segments) {
      const kind = kindOf(segment);
      if (kind === undefined || taken.has(segment) || !wanted.has(kind)) continue;
      const list = candidates.get(kind) ?? [];
      candidates.set(kind, list);
      if (list.length >= MOST_CANDIDATES) continue;
      signal?.throwIfAborted();
      list.push({ input: { source, segment }, values: await sample(source, segment) });
    }
  }
  for (const segment of open) {
    const list = candidates.get(kindOf(segment) ?? '') ?? [];
    if (list.length === 0) continue;
    const values = await sample(child, segment);
    const best = list
      .map((candidate) => ({ candidate, likeness: correlation(values, candidate.values) }))
      .sort((a, b) => b.likeness - a.likeness)[0];
    if (!best || best.likeness < ALIKE) continue;
    found.set(segment, best.candidate.input);
    list.splice(list.indexOf(best.candidate), 1);
  }
  return found;
}

/** Leading elements of a tensor as numbers; enough to tell relatives from strangers. */
async function sample(source: Source, segment: SourceSegment): Promise<Float32Array> {
  const width = unitBytes(segment.tensor?.dtype);
  const count = Math.min(SAMPLE_ELEMENTS, segment.length / width);
  const bytes = new Uint8Array(count * width);
  await source.read(segment, 0, bytes);
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: count }, (_, index) => {
    if (segment.tensor?.dtype === 'F32') return view.getFloat32(index * 4, true);
    if (segment.tensor?.dtype === 'F16') return view.getFloat16(index * 2, true);
    return bfloat(view.getUint16(index * 2, true));
  });
}

const word = new DataView(new ArrayBuffer(4));

function bfloat(bits: number): number {
  word.setUint32(0, bits * 65_536);
  return word.getFloat32(0);
}

function correlation(a: Float32Array, b: Float32Array): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (const [index, x] of a.entries()) {
    const y = b[index] ?? 0;
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}
