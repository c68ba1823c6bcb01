import type { CallResult, ParsedArgs } from '../../../shared/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { makePlan } from './make-plan.ts';
import { findModels } from './references.ts';
import { Relations } from './relations.ts';

/** Which models to store against which. Changes nothing. */
export async function plan(
  context: LibraryContext,
  args: ParsedArgs<'plan'>,
  control: CallControl,
): Promise<CallResult<'plan'>> {
  const asked = findModels(context, args.models);
  const made = await makePlan(context, control);
  const wanted = new Set(asked.map(({ id }) => id));
  const { catalogue } = context;
  const names = new Relations(context);
  const rows = made.models.flatMap((planned) => {
    const model = catalogue.models.get(planned.model);
    if (!model || (wanted.size > 0 && !wanted.has(model.id))) return [];
    const { action, depth, originalBytes, predictedBytes, secondsToReconstruct, reason } = planned;
    const parent = planned.parent === null ? null : names.nameOf(planned.parent);
    return [
      {
        name: names.nameOf(model.id),
        path: model.path,
        action,
        parent,
        depth,
        originalBytes,
        predictedBytes,
        secondsToReconstruct,
        reason,
      },
    ];
  });
  const originalBytes = rows.reduce((sum, row) => sum + row.originalBytes, 0);
  const predictedBytes = rows.reduce((sum, row) => sum + row.predictedBytes, 0);
  return { models: rows, originalBytes, predictedBytes, freesBytes: originalBytes - predictedBytes };
}
