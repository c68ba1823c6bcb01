import type { CallResult, ParsedArgs, VerifyAllResult } from '../../../shared/index.ts';
import type { CatalogueModel } from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext, WorkControl } from './context.ts';
import { done, failed, refused } from './outcome.ts';
import { jobControl, stageControls } from './progress.ts';
import { selected } from './selection.ts';

/** Proves that stored models come back. Writes no model. */
export async function verify(
  context: LibraryContext,
  args: ParsedArgs<'verify'>,
  control: WorkControl,
): Promise<CallResult<'verify'>> {
  const start = performance.now();
  const rows: VerifyAllResult['models'] = [];
  const chosen = selected(context, args);
  const controls = stageControls(
    control,
    chosen.map(({ model }) => ({ bytes: model.bytes, weight: 1 })),
  );
  for (const [at, { model, id }] of chosen.entries()) {
    control.signal?.throwIfAborted();
    rows.push(await verifyOne(context, model, id, controls[at] ?? control));
  }
  return { models: rows, seconds: (performance.now() - start) / 1000 };
}

async function verifyOne(
  { catalogue, steps }: LibraryContext,
  model: CatalogueModel,
  id: string | undefined,
  control: CallControl,
): Promise<VerifyAllResult['models'][number]> {
  if (id === undefined)
    return { ...refused(model, `${model.name} is not stored; compress it first.`), bytes: 0 };
  try {
    const verified = await steps.verify(id, jobControl(control, model.name));
    catalogue.vault.stored(verified, model.id);
    catalogue.vault.damaged(id, null);
    return { ...done(model), bytes: verified.originalBytes };
  } catch (error) {
    control.signal?.throwIfAborted();
    const row = { ...failed(model, error), bytes: 0 };
    catalogue.vault.damaged(id, row.sentence);
    return row;
  }
}
