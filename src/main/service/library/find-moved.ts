import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { dependentsOf } from './guard.ts';
import { contentOf } from './identify.ts';

/**
 * Looks for bases that stored models need and that are not where they lay: a model of the same shapes and size with the
 * same content is the base, wherever it is now. The scan itself finds what was only renamed.
 * @param gone catalogue ids; only those with dependents are looked for, since that reads models
 * @returns those that were not found
 */
export async function findMovedBases(
  context: LibraryContext,
  gone: readonly number[],
  added: readonly number[],
  control: CallControl,
): Promise<number[]> {
  const lost: number[] = [];
  for (const id of gone) {
    if (dependentsOf(context, id).length > 0 && !(await findOne(context, id, added, control))) lost.push(id);
  }
  return lost;
}

async function findOne(
  context: LibraryContext,
  id: number,
  added: readonly number[],
  control: CallControl,
): Promise<boolean> {
  const { catalogue } = context;
  const wanted = catalogue.contents.keyOf(id);
  const base = catalogue.models.get(id);
  if (wanted === null || base === undefined) return false;
  for (const other of catalogue.models.withShapesOf(id)) {
    const model = catalogue.models.get(other);
    if (other === id || model?.presence !== 'whole' || model.weightBytes !== base.weightBytes) continue;
    if ((await contentOf(context, other, control)) !== wanted) continue;
    // A copy that was there before stays a model of its own; the base serves from there all the same.
    if (added.includes(other)) catalogue.models.adopt(other, id);
    return true;
  }
  return false;
}
