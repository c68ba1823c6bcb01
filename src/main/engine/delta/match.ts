import { gridOf } from '../codecs/index.ts';
import type { PredictorInput } from '../predictors/index.ts';
import type { Source, SourceSegment } from '../sources/index.ts';
import { unitBytes } from './layout.ts';

// Which segment of a parent predicts which segment of the child: the same name first; where there is none, equal bytes
// under whatever name and in whatever file; then, for tensors that were renamed and changed, the most alike among
// those of the same shape.

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
/** Kind of the floating-point tensors, which are cast into each other. */
const GRID = 'grid';
/** Tensors of one shape that are compared with each other at most. */
const MOST_CANDIDATES = 64;

/** A name without the prefixes that libraries put before it. */
export function bareName(name: string): string {
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
export function kindOf(segment: Pick<SourceSegment, 'tensor' | 'length'>): string | undefined {
  const { tensor } = segment;
  if (!tensor || segment.length === 0) return undefined;
  const type = gridOf(tensor) ? GRID : `${tensor.dtype}${tensor.bigEndian ? ' big-endian' : ''}`;
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

/** Finds what predicts the segments of a child. Nothing is read before it is asked for. */
export class Matcher {
  readonly #child: Source;
  readonly #parents: readonly Source[];
  readonly #signal: AbortSignal | undefined;
  readonly #byKey = new Map<string, PredictorInput>();
  readonly #named = new Set<SourceSegment>();
  #byDigest: Promise<Map<string, PredictorInput>> | undefined;
  readonly #alike = new Map<string, Promise<Candidate[]>>();

  /** @param parents in order of preference */
  constructor(child: Source, parents: readonly Source[], signal?: AbortSignal) {
    this.#child = child;
    this.#parents = parents;
    this.#signal = signal;
    for (const source of parents) {
      for (const segment of source.segments) {
        if (segment.length === 0) continue;
        for (const key of keysOf(source, segment)) {
          if (!this.#byKey.has(key)) this.#byKey.set(key, { source, segment });
        }
      }
    }
    for (const segment of child.segments) {
      const input = this.byName(segment);
      if (input) this.#named.add(input.segment);
    }
  }

  /** The segment of that name, of the same shape and kind of element. */
  byName(segment: SourceSegment): PredictorInput | undefined {
    if (segment.length === 0) return undefined;
    const key = keysOf(this.#child, segment).find((name) => this.#byKey.has(name));
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  /** A segment with the same bytes. Waits for the digests of all parents. */
  async byContent(segment: SourceSegment): Promise<PredictorInput | undefined> {
    if (segment.length === 0) return undefined;
    this.#byDigest ??= this.#digestParents();
    const known = await this.#byDigest;
    return known.get(`${segment.length} ${await this.#child.digest(segment, this.#signal)}`);
  }

  /** The most alike of the tensors of the same shape whose names the child does not have. */
  async byLikeness(segment: SourceSegment): Promise<PredictorInput | undefined> {
    const kind = kindOf(segment);
    if (!kind?.startsWith(GRID)) return undefined;
    const sampled = this.#alike.get(kind) ?? this.#sampleParents(kind);
    this.#alike.set(kind, sampled);
    const list = await sampled;
    if (list.length === 0) return undefined;
    const values = await sample(this.#child, segment);
    const [best] = list
      .map((candidate) => ({ candidate, likeness: correlation(values, candidate.values) }))
      .sort((a, b) => b.likeness - a.likeness);
    if (!best || best.likeness < ALIKE) return undefined;
    list.splice(list.indexOf(best.candidate), 1);
    return best.candidate.input;
  }

  async #digestParents(): Promise<Map<string, PredictorInput>> {
    const known = new Map<string, PredictorInput>();
    for (const source of this.#parents) {
      for (const segment of source.segments) {
        if (segment.length === 0) continue;
        const key = `${segment.length} ${await source.digest(segment, this.#signal)}`;
        if (!known.has(key)) known.set(key, { source, segment });
      }
    }
    return known;
  }

  async #sampleParents(kind: string): Promise<Candidate[]> {
    const candidates: Candidate[] = [];
    for (const source of this.#parents) {
      for (const segment of source.segments) {
        if (candidates.length >= MOST_CANDIDATES) return candidates;
        if (kindOf(segment) !== kind || this.#named.has(segment)) continue;
        this.#signal?.throwIfAborted();
        candidates.push({ input: { source, segment }, values: await sample(source, segment) });
      }
    }
    return candidates;
  }
}

/** A tensor of a parent that may be a renamed one of the child. */
interface Candidate {
  readonly input: PredictorInput;
  readonly values: Float32Array;
}

/** Leading elements of a tensor as numbers; enough to tell relatives from strangers. */
async function sample(source: Source, segment: SourceSegment): Promise<Float32Array> {
  const width = unitBytes(segment);
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
