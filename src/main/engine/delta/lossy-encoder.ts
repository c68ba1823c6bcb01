import {
  gridBytes,
  grids,
  packBytes,
  ScaleSlots,
  usualChunk,
  type Grid,
  type Range,
  type Scales,
} from '../codecs/index.ts';
import { LevelTables, type LossyPlan, type TensorCoder } from '../codecs/lossy/index.ts';
import type { LossyChoice } from '../codecs/lossy/index.ts';
import type { Pool, Slot } from '../pool/index.ts';
import type { Source, SourceSegment } from '../sources/index.ts';
import { approximate } from './approximate.ts';
import type { EncodedChunk } from './encode-elements.ts';
import { LossyFigures, type Sums } from './lossy-figures.ts';
import { isApproximable, openTensor, type ApproximateTensor, type OpenRows } from './lossy-tensors.ts';
import { maxChunkBytes, maxPayloadBytes } from './limits.ts';
import type { Matcher } from './match.ts';

/** A chunk that was coded, decoded again and compared; of a plain codec where it had to be exact. */
export interface ApproximatedChunk {
  readonly chunk: EncodedChunk;
  /** What a reader will get for it. */
  readonly decoded: Uint8Array;
  readonly sums: Sums;
}

/** Approximates the tensors of a child that a person chose to approximate. */
export class LossyEncoder {
  readonly choice: LossyChoice;
  readonly figures = new LossyFigures();
  readonly #pool: Pool;
  readonly #plan: LossyPlan;
  readonly #tensors: ReadonlyMap<number, { readonly index: number; readonly tensor: ApproximateTensor }>;
  readonly #tables: LevelTables | undefined;
  readonly #scales = new Map<number, ScaleSlots>();

  private constructor(
    pool: Pool,
    choice: LossyChoice,
    plan: LossyPlan,
    tensors: readonly ApproximateTensor[],
  ) {
    this.#pool = pool;
    this.choice = choice;
    this.#plan = plan;
    this.#tensors = new Map(tensors.map((tensor, index) => [tensor.segment.number, { index, tensor }]));
    this.#tables = plan.tables && LevelTables.read(pool, plan.tables);
  }

  /** Looks at all tensors that may be approximated, and lets the codec plan over those that can. */
  static async open(
    pool: Pool,
    choice: LossyChoice,
    child: Source,
    matcher: Matcher,
    refined: boolean,
    signal: AbortSignal | undefined,
  ): Promise<LossyEncoder> {
    const tensors: ApproximateTensor[] = [];
    for (const segment of child.segments) {
      if (!isApproximable(segment, child.segments, choice.tensors)) continue;
      const input = matcher.byName(segment);
      const tensor = input && (await openTensor(pool, child, segment, input, signal));
      if (tensor) tensors.push(tensor);
    }
    const job = { pool, tensors, options: choice.options, refined, ...(signal && { signal }) };
    return new LossyEncoder(pool, choice, await choice.codec.plan(job), tensors);
  }

  /** Tables and scales that chunks share, in order of the segments. */
  async shared(): Promise<{
    tables?: Uint8Array;
    scales: { segment: number; scales: Scales }[];
  }> {
    const scales: { segment: number; scales: Scales }[] = [];
    const { tables } = this.#plan;
    if (!tables) return { scales };
    for (const [segment, { index }] of this.#tensors) {
      const coder = await this.#plan.coder(index);
      if (coder?.scales) scales.push({ segment, scales: coder.scales });
    }
    return { tables, scales };
  }

  /** A tensor that is approximated, with its coder. */
  async find(
    segment: SourceSegment,
  ): Promise<{ readonly tensor: ApproximateTensor; readonly coder: TensorCoder } | undefined> {
    const known = this.#tensors.get(segment.number);
    const coder = known && (await this.#plan.coder(known.index));
    return known && coder && { tensor: known.tensor, coder };
  }

  /** Chunks of about 1 MiB, of as many rows as the codec likes. */
  ranges({ matrix, stored }: ApproximateTensor, { rowMultiple, whole }: TensorCoder): Range[] {
    const { rows, columns } = matrix;
    const width = columns * gridBytes[stored];
    const usual = usualChunk(columns, gridBytes[stored]) / columns;
    const most = Math.max(1, Math.floor(maxChunkBytes / width));
    const multiple = Math.max(rowMultiple, Math.floor(usual / rowMultiple) * rowMultiple);
    const size = whole ? most : Math.min(most, multiple);
    const ranges: Range[] = [];
    for (let first = 0; first < rows; first += size) {
      ranges.push({ first: first * columns, count: Math.min(size, rows - first) * columns });
    }
    return ranges;
  }

  /** Codes a chunk, and decodes it as a reader will. What would not come out as finite numbers is kept exactly. */
  async encode(tensor: ApproximateTensor, coder: TensorCoder, range: Range): Promise<ApproximatedChunk> {
    const { matrix, stored } = tensor;
    const { method } = this.choice.codec;
    const rows = await tensor.read(range.first / matrix.columns, range.count / matrix.columns);
    const result = this.#pool.memory.allocate(32 + range.count * 4);
    try {
      const payload = await coder.encode(range.first / matrix.columns, range.count / matrix.columns, rows);
      if (payload.length > maxPayloadBytes) throw new Error('a payload is larger than a record may be');
      const scales = this.#scalesOf(tensor, coder);
      const shared = { ...(this.#tables && { tables: this.#tables }), ...(scales && { scales }) };
      const { prediction } = rows;
      const whole = { method, matrix, range, prediction, payload, ...shared };
      const decoded = await approximate(this.#pool, whole, stored);
      if (!decoded) throw new Error('what was just coded is decoded');
      try {
        const bytes = decoded.u8(0, range.count * gridBytes[stored]).slice();
        const sums = await this.#compare(rows, decoded, stored, range.count, result);
        if (Object.values(sums).every(Number.isFinite)) {
          return { chunk: { ...range, codec: method, payload }, decoded: bytes, sums };
        }
        // A level may reach beyond the largest number of the grid: from large weights, or from a large factor.
        const cast = [grids.F32, grids[stored], rows.child.address, range.count, 1, decoded.address];
        await this.#pool.run([{ kernel: 'predictGrid', args: cast }]);
        const exact = decoded.u8(0, range.count * gridBytes[stored]).slice();
        const own = await this.#compare(rows, decoded, stored, range.count, result);
        return { chunk: { ...range, ...packBytes(exact) }, decoded: exact, sums: own };
      } finally {
        decoded.free();
      }
    } finally {
      result.free();
      rows.free();
    }
  }

  /** @param result 32 bytes and a float32 for each element */
  async #compare(rows: OpenRows, decoded: Slot, stored: Grid, count: number, result: Slot): Promise<Sums> {
    const wide = result.address + 32;
    const cast = [grids[stored], grids.F32, decoded.address, count, 1, wide];
    const compared = [rows.delta.address, wide, rows.prediction.address, count, result.address];
    await this.#pool.run([
      { kernel: 'predictGrid', args: cast },
      { kernel: 'compareChange', args: compared },
    ]);
    const [own = 0, mixed = 0, other = 0, largest = 0] = result.f64(0, 4);
    return { own, mixed, other, largest };
  }

  #scalesOf({ segment }: ApproximateTensor, { scales }: TensorCoder): ScaleSlots | undefined {
    if (!scales) return undefined;
    const slots = this.#scales.get(segment.number) ?? new ScaleSlots(this.#pool, scales);
    this.#scales.set(segment.number, slots);
    return slots;
  }

  free(): void {
    for (const slots of this.#scales.values()) slots.free();
    this.#scales.clear();
    this.#tables?.free();
    this.#plan.free?.();
  }
}
