import { plural } from '../../words/index.ts';
import type { ActivityRow } from './rows.ts';

/** What stands in a line of the list: one step, or several that were one act. */
export type Line =
  | { readonly key: string; readonly row: ActivityRow; readonly within: boolean }
  | { readonly key: string; readonly group: StepGroup };

/** Steps of one kind that followed each other: what a person did at once, to many models. */
export interface StepGroup {
  readonly key: string;
  readonly kind: string;
  readonly title: string;
  readonly rows: readonly ActivityRow[];
  /** Ids of those that can be taken back, the latest first. */
  readonly undoable: readonly string[];
}

/** Fewer stand for themselves. */
const leastRows = 3;
/** A step that begins so much later is another act. */
const mostGapMs = 10 * 60_000;

const titles: Readonly<Record<string, (steps: number) => string>> = {
  compress: (steps) => `Compressed ${plural(steps, 'model')}`,
  reclaim: (steps) => `Moved the originals of ${plural(steps, 'model')} to quarantine`,
  purge: (steps) => `Deleted the originals of ${plural(steps, 'model')} for good`,
  reconstruct: (steps) => `Reconstructed ${plural(steps, 'model')}`,
  delete: (steps) => `Moved the files of ${plural(steps, 'model')} to quarantine`,
  undo: (steps) => `Took back ${plural(steps, 'step')}`,
  forget: (steps) => `Removed ${plural(steps, 'delta')} from the vault`,
};

/**
 * The lines of a day: steps of one kind that followed each other are one line, which opens.
 * @param rows the latest first
 * @param open keys of the groups that a person opened
 */
export function linesOf(rows: readonly ActivityRow[], open: ReadonlySet<string>): readonly Line[] {
  return runsOf(rows).flatMap((run): Line[] => {
    const single = (row: ActivityRow, within: boolean): Line => ({ key: row.step.id, row, within });
    const group = groupOf(run);
    if (!group) return run.map((row) => single(row, false));
    const inside = open.has(group.key) ? run.map((row) => single(row, true)) : [];
    return [{ key: group.key, group }, ...inside];
  });
}

function runsOf(rows: readonly ActivityRow[]): ActivityRow[][] {
  const runs: ActivityRow[][] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    const follows =
      last?.step.kind === row.step.kind && Date.parse(last.step.at) - Date.parse(row.step.at) <= mostGapMs;
    if (run && follows) run.push(row);
    else runs.push([row]);
  }
  return runs;
}

function groupOf(run: readonly ActivityRow[]): StepGroup | undefined {
  const oldest = run.at(-1);
  const title = oldest && titles[oldest.step.kind];
  if (!title || run.length < leastRows) return undefined;
  return {
    // The oldest names it: a group to which a step is added stays open.
    key: `from-${oldest.step.id}`,
    kind: oldest.step.kind,
    title: title(run.length),
    rows: run,
    undoable: run.flatMap(({ step }) => (step.undo === null ? [] : [step.id])),
  };
}
