import type { LossyNote } from './index-types.ts';

/** Sums over elements: of d * d, d * a and a * a, d the change and a what the decoder gives for it; the largest error. */
export interface Sums {
  readonly own: number;
  readonly mixed: number;
  readonly other: number;
  readonly largest: number;
}

/** How near an approximation comes, in one number each. */
export interface Fidelity {
  /** Squared error relative to the squared change. */
  readonly relativeError: number;
  /** Cosine between the change and its approximation; null where the approximation is nothing. */
  readonly cosine: number | null;
  readonly slope: number;
  readonly largestError: number;
}

/** An approximated tensor. */
export interface TensorFidelity extends Fidelity {
  readonly name: string;
  readonly segment: number;
  readonly weights: number;
  /** Bytes of its chunks, headers among them. */
  readonly bytes: number;
}

const NOTHING: Sums = { own: 0, mixed: 0, other: 0, largest: 0 };
const DIGITS = 4;
/** Bytes before the payload of a record. */
const HEADER_BYTES = 36;

/** Adds up what was measured on decoded chunks. */
export class LossyFigures {
  readonly #tensors = new Map<
    number,
    { readonly name: string; weights: number; bytes: number; sums: Sums; approximated: boolean }
  >();

  /** @param approximated whether the chunk is, or had to be exact */
  add(
    segment: number,
    name: string,
    chunk: { readonly weights: number; readonly payloadBytes: number; readonly approximated: boolean },
    sums: Sums,
  ): void {
    const { weights, payloadBytes, approximated } = chunk;
    const none = { name, weights: 0, bytes: 0, sums: NOTHING, approximated: false };
    const known = this.#tensors.get(segment) ?? none;
    known.approximated ||= approximated;
    known.weights += weights;
    known.bytes += payloadBytes + HEADER_BYTES;
    known.sums = together([known.sums, sums]);
    this.#tensors.set(segment, known);
  }

  get total(): Fidelity {
    const tensors = [...this.#tensors.values()].filter(({ approximated }) => approximated);
    return fidelityOf(together(tensors.map(({ sums }) => sums)));
  }

  /** Those of which a chunk is approximated, in order of the segments. */
  get tensors(): TensorFidelity[] {
    return [...this.#tensors]
      .filter(([, { approximated }]) => approximated)
      .sort(([a], [b]) => a - b)
      .map(([segment, { name, weights, bytes, sums }]) => ({
        ...{ name, segment, weights, bytes },
        ...fidelityOf(sums),
      }));
  }

  /** What the index says of it. */
  note(codec: string, originals: readonly string[]): LossyNote {
    const { cosine, slope, largestError } = this.total;
    const tensors = this.tensors.map((tensor) => ({
      segment: tensor.segment,
      cosine: rounded(tensor.cosine),
      slope: rounded(tensor.slope),
    }));
    const totals = {
      cosine: rounded(cosine),
      slope: rounded(slope),
      largest: rounded(largestError),
    };
    return { codec, ...totals, tensors, originals };
  }
}

function together(list: readonly Sums[]): Sums {
  return list.reduce(
    (sum, each) => ({
      own: sum.own + each.own,
      mixed: sum.mixed + each.mixed,
      other: sum.other + each.other,
      largest: Math.max(sum.largest, each.largest),
    }),
    NOTHING,
  );
}

function fidelityOf({ own, mixed, other, largest }: Sums): Fidelity {
  return {
    relativeError: own > 0 ? Math.max(0, (own - 2 * mixed + other) / own) : 0,
    cosine: own > 0 && other > 0 ? Math.max(-1, Math.min(1, mixed / Math.sqrt(own * other))) : null,
    slope: own > 0 ? mixed / own : 0,
    largestError: largest,
  };
}

function rounded<Value extends number | null>(value: Value): Value {
  return (value === null ? null : Number(value.toPrecision(DIGITS))) as Value;
}
