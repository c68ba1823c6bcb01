import { createHash } from 'node:crypto';
import { numberingOf } from './declared-training.ts';
import { shareOn, storedGrid, valueGrid, type GridName } from './infer-grids.ts';
import { bareName, bareShape, type LaidOut } from './infer-layout.ts';
import type { ModelProfile } from './profile.ts';

/** A reason to think that one of two relatives came first. */
export interface DirectionSign {
  /** Natural logarithm of the odds that the first is the parent of the second; negative for the other way. */
  readonly odds: number;
  /** Said of the child. */
  readonly sentence: string;
}

/** Nanoseconds between two files that a copy of a whole folder does not explain. */
const LONG = 3_600_000_000_000n;

/** Part of the values from which all are on a grid, but for what a cast cannot hold. */
const WHOLLY = 0.999;

// Odds by judgement: a number in a name or a vocabulary lies less often than a file's time, which any copy changes.
const odds = { steps: 4, vocabulary: 3, grid: 3, times: 1.5 } as const;

/** What a model has that may tell its age among its relatives. */
export class Age {
  readonly mtimeNs: bigint;
  readonly step: RunStep | undefined;
  readonly stored: GridName;
  readonly values: GridName;
  /** Rows and columns of matrices by bare name. */
  readonly matrices: ReadonlyMap<string, readonly number[]>;
  readonly #shares = new Map<GridName, number>();
  readonly #model: LaidOut;

  /** @param shapes what was made of the shapes of others, so that models of the same shapes share it */
  constructor(profile: ModelProfile, model: LaidOut, shapes: Map<string, Age['matrices']>) {
    const { layout } = model;
    this.mtimeNs = profile.mtimeNs;
    this.step = stepOf(profile);
    this.stored = storedGrid(layout);
    this.values = valueGrid(layout);
    this.#model = model;
    const matrices = profile.tensors
      .map(({ name, shape }) => [bareName(name), bareShape(shape)] as const)
      .filter(([, shape]) => shape.length === 2);
    const key = createHash('sha256').update(JSON.stringify(matrices)).digest('base64');
    this.matrices = shapes.get(key) ?? new Map(matrices);
    shapes.set(key, this.matrices);
  }

  /** Part of its values that lie on a grid. */
  share(grid: GridName): number {
    const share = this.#shares.get(grid) ?? shareOn(this.#model.layout, grid);
    this.#shares.set(grid, share);
    return share;
  }
}

/** What two relatives tell of who came first, beside what they declare. */
export function directionSigns(a: Age, b: Age): DirectionSign[] {
  const signs: DirectionSign[] = [];
  const steps = (b.step?.step ?? 0) - (a.step?.step ?? 0);
  if (a.step && b.step && a.step.series === b.step.series && steps !== 0) {
    const [low, high] = steps > 0 ? [a.step, b.step] : [b.step, a.step];
    const sentence = `a later checkpoint of the same run: ${high.step} after ${low.step}`;
    signs.push({ odds: odds.steps * Math.sign(steps), sentence });
  }
  const rows = rowsGrown(a, b);
  if (rows !== 0) {
    const sentence = `its vocabulary has ${Math.abs(rows)} rows more`;
    signs.push({ odds: odds.vocabulary * Math.sign(rows), sentence });
  }
  const leftover = hasLeftovers(a, b) - hasLeftovers(b, a);
  if (leftover !== 0) {
    const sentence = 'part of its values still lie on the coarser grid of the other';
    signs.push({ odds: odds.grid * leftover, sentence });
  }
  const time = younger(a, b);
  if (time !== 0) signs.push({ odds: odds.times * time, sentence: 'its files are younger' });
  return signs;
}

/** Whether one of two models is younger by more than a copy explains: 1 where `b` is, -1 where `a` is. */
export function younger(a: Pick<ModelProfile, 'mtimeNs'>, b: Pick<ModelProfile, 'mtimeNs'>): -1 | 0 | 1 {
  const later = b.mtimeNs - a.mtimeNs;
  if (later > LONG) return 1;
  return later < -LONG ? -1 : 0;
}

/** Where a model stands in a training run. */
export interface RunStep {
  /** Folder of the run and what the names of its checkpoints begin with: two folders are two runs. */
  readonly series: string;
  readonly step: number;
}

/** Run and step by name. */
export function stepOf(model: Pick<ModelProfile, 'name' | 'path'>): RunStep | undefined {
  const found = numberingOf(model.path) ?? numberingOf(model.name);
  if (!found) return undefined;
  const folder = model.path.replaceAll('\\', '/').split('/').slice(0, -1).join('/');
  return { series: `${folder} ${found.series}`, step: found.step };
}

/** Rows that a matrix of `b`, the embedding, has more than that of `a`. */
function rowsGrown(a: Age, b: Age): number {
  if (a.matrices === b.matrices) return 0;
  for (const [name, [rowsA = 0, columnsA]] of a.matrices) {
    const [rowsB = 0, columnsB] = b.matrices.get(name) ?? [];
    if (columnsA === columnsB && rowsA !== rowsB) return rowsB - rowsA;
  }
  return 0;
}

/** 1 where part of the values of `b`, which has a finer type, lie on the coarser grid of `a` and the rest do not. */
function hasLeftovers(a: Age, b: Age): number {
  if (b.stored === 'BF16' || a.values === 'F32' || a.values === b.stored) return 0;
  // By chance one of 65,536 float32 values lies on the grid of bfloat16, of float16 one of eight.
  const share = b.share(a.values);
  return share > (b.stored === 'F32' ? 0.01 : 0.25) && share < WHOLLY ? 1 : 0;
}
