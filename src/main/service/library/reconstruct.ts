import { resolve } from 'node:path';
import type { CallResult, ParsedArgs, ReconstructResult } from '../../../shared/index.ts';
import type { LibraryContext, WorkControl } from './context.ts';
import { lookAgain } from './look-again.ts';
import { done, failed, refused } from './outcome.ts';
import { jobControl, stageControls } from './progress.ts';
import { selected } from './selection.ts';

const nothing = { output: null, bytes: 0, seconds: 0 };

/** Writes stored models back to disk. */
export async function reconstruct(
  context: LibraryContext,
  args: ParsedArgs<'reconstruct'>,
  control: WorkControl,
): Promise<CallResult<'reconstruct'>> {
  const start = performance.now();
  const { steps } = context;
  const rows: ReconstructResult['models'] = [];
  const warnings: ReconstructResult['warnings'] = [];
  const gone = new Set(['stored', 'quarantined', 'missing']);
  const chosen = selected(context, args, ({ state }) => args.to !== undefined || gone.has(state));
  const controls = stageControls(
    control,
    chosen.map(({ model }) => ({ bytes: model.bytes, weight: 1 })),
  );
  for (const [at, { model, id }] of chosen.entries()) {
    control.signal?.throwIfAborted();
    const began = performance.now();
    const sidecar = id === undefined ? undefined : steps.state.stored.get(id);
    if (!sidecar) {
      rows.push({ ...refused(model, `${model.name} is not stored.`), ...nothing });
      continue;
    }
    const to = args.to === undefined ? undefined : resolve(args.to);
    try {
      const back = await steps.reconstruct(
        { id: sidecar.id, ...(to !== undefined && { to }) },
        jobControl(controls[at] ?? control, model.name),
      );
      warnings.push(...back.warnings);
      // What is back is seen at once.
      if (to === undefined) await lookAgain(context, model, control);
      const seconds = (performance.now() - began) / 1000;
      rows.push({ ...done(model), output: back.output, bytes: sidecar.originalBytes, seconds });
    } catch (error) {
      control.signal?.throwIfAborted();
      rows.push({ ...failed(model, error), ...nothing });
    }
  }
  context.emit({ event: 'changed' });
  return { models: rows, warnings, seconds: (performance.now() - start) / 1000 };
}
