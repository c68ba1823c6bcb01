import { createDeltaFile } from '../deltas/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { Sidecar } from '../vault/index.ts';
import { anchorBases } from './anchor-bases.ts';
import { refuseCircle, refuseUnfounded } from './circle.ts';
import type { StepContext } from './context.ts';
import { describeStored } from './describe-stored.ts';
import { describedOf, levelOf } from './kept.ts';
import { wholeOriginal, withDecoded } from './exact-copy.ts';
import { requestedParents } from './parent-requests.ts';
import { replaceDelta } from './replace-delta.ts';
import { requireSameModel } from './same-model.ts';
import type { ParentPlace } from './steps.ts';
import { storedModel } from './stored-model.ts';

/**
 * Stores a model against other parents: a second delta is made and proven, then it takes the place of the first. A
 * model whose original is gone is decoded into the vault for that time, and its new bases are held before the switch.
 * @throws DeltashelfError `refused` where the model would come to be decoded with itself
 */
export async function rebase(
  context: StepContext,
  id: string,
  parents: readonly ParentPlace[],
  control: JobControl,
): Promise<Sidecar> {
  const stored = storedModel(context, id);
  refuseCircle(context, stored, parents, id);
  const { bases, basesOf, known } = await requestedParents(context, parents);
  const original = await wholeOriginal(context, stored, control);
  const make = async (child: string, next: string): Promise<Sidecar> => {
    const request = { child, bases, basesOf, output: next, level: levelOf(stored) };
    await createDeltaFile(context.tools, request, control);
    await requireSameModel(context, stored, next, control);
    const made = await describeStored(context, { ...describedOf(stored), parents: known }, next, control);
    const rebased = { ...made, createdAt: stored.createdAt };
    await refuseUnfounded(context, rebased);
    if (original === undefined) await anchorBases(context, rebased, control);
    return rebased;
  };
  return replaceDelta(
    context,
    'rebase',
    stored,
    (next) =>
      original === undefined
        ? withDecoded(context, stored, control, (child) => make(child, next))
        : make(original, next),
    control,
  );
}
