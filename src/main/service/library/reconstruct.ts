import { resolve } from 'node:path';
import type { CallResult, ParsedArgs, ReconstructResult } from '../../../shared/index.ts';
import type { CatalogueModel } from '../../library/index.ts';
import type { LibraryContext, WorkControl } from './context.ts';
import { lookAgain } from './look-again.ts';
import { done, failed, refused } from './outcome.ts';
import { jobControl, stageControls } from './progress.ts';
import { selected } from './selection.ts';
import { locateWatched } from './volumes.ts';

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
  const chosen = selected(context, args, ({ presence }) => args.to !== undefined || presence === 'gone');
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
    const away = args.to === undefined ? await awayWords(context, model) : undefined;
    if (away !== undefined) {
      rows.push({ ...refused(model, away), ...nothing });
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
      const now = context.catalogue.models.get(model.id);
      const differs = to === undefined && (now?.presence === 'gone' || now?.state === 'changed');
      const outcome = differs ? refused(model, notAll(model.name, back.warnings)) : done(model);
      rows.push({ ...outcome, output: back.output, bytes: differs ? 0 : sidecar.originalBytes, seconds });
    } catch (error) {
      control.signal?.throwIfAborted();
      rows.push({ ...failed(model, error), ...nothing });
    }
  }
  context.emit({ event: 'changed' });
  return { models: rows, warnings, seconds: (performance.now() - start) / 1000 };
}

/** A model whose disk is not connected would be written to whatever is at its place now. */
async function awayWords(context: LibraryContext, { folder }: CatalogueModel): Promise<string | undefined> {
  const watched = context.catalogue.folders.list().find(({ id }) => id === folder);
  const located = watched && (await locateWatched(context, watched));
  return located?.state === 'away'
    ? `The disk it belongs on is not connected. Nothing was written. Connect it, or say where to write with --to.`
    : undefined;
}

function notAll(name: string, warnings: readonly { readonly sentence: string }[]): string {
  const why = warnings.map(({ sentence }) => sentence).join(' ');
  return `Not all of ${name} is back: something else has the name of a file. ${why} It was kept; move it away and try again, or write elsewhere with --to.`;
}
