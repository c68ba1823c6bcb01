import { DeltashelfError, type CallResult, type ParsedArgs } from '../../../shared/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { predictedOf } from './describe-model.ts';
import { refreshLineage } from './learn.ts';
import { findModel } from './references.ts';
import { Relations } from './relations.ts';
import { writeDecisions } from './decisions.ts';

/** What came from what; of one family where a model is named. Finds out first, unless what is known will do. */
export async function tree(
  context: LibraryContext,
  args: ParsedArgs<'tree'>,
  control: CallControl,
): Promise<CallResult<'tree'>> {
  if (!args.asKnown) await refreshLineage(context, control);
  const family = args.model === undefined ? undefined : findModel(context, args.model);
  return drawnTree(context, family?.id);
}

/** A person says what a model was made from. */
export async function setEdge(
  context: LibraryContext,
  args: ParsedArgs<'setEdge'>,
  control: CallControl,
): Promise<CallResult<'tree'>> {
  const child = findModel(context, args.child);
  const parents = args.parents.map(({ model, weight }) => {
    const parent = findModel(context, model);
    if (parent.id === child.id) throw ownParent(child.name);
    return { parent: parent.id, ...(weight !== undefined && { weight }) };
  });
  return decide(context, child.id, parents, control);
}

/** A person confirms what is shown. */
export async function confirmEdge(
  context: LibraryContext,
  args: ParsedArgs<'confirmEdge'>,
  control: CallControl,
): Promise<CallResult<'tree'>> {
  await refreshLineage(context, control);
  const child = findModel(context, args.child);
  const edges = new Relations(context).edgesTo(child.id);
  const parents = edges.map(({ parent, weight }) => ({ parent, ...(weight !== undefined && { weight }) }));
  return decide(context, child.id, parents, control);
}

/** A person says that a model was made from nothing here. */
export function clearEdge(
  context: LibraryContext,
  args: ParsedArgs<'clearEdge'>,
  control: CallControl,
): Promise<CallResult<'tree'>> {
  return decide(context, findModel(context, args.child).id, [], control);
}

async function decide(
  context: LibraryContext,
  child: number,
  parents: readonly { parent: number; weight?: number }[],
  control: CallControl,
): Promise<CallResult<'tree'>> {
  context.catalogue.lineage.decide({ child, parents });
  await writeDecisions(context);
  await refreshLineage(context, control);
  return drawnTree(context, child);
}

function drawnTree(context: LibraryContext, member: number | undefined): CallResult<'tree'> {
  const { catalogue } = context;
  const one = member === undefined ? undefined : catalogue.models.get(member);
  const shown =
    one && !one.family
      ? [one]
      : catalogue.queries.list({ ...(one?.family && { family: [one.family.id] }), limit: wholeLibrary })
          .models;
  const storageParents = new Map(
    catalogue.vault.deltas.list().map(({ model, parents }) => [model, parents.map(({ name }) => name)]),
  );
  const relations = new Relations(context);
  return {
    models: shown.map((model) => ({
      id: model.id,
      name: relations.nameOf(model.id),
      path: model.path,
      state: model.state,
      lossy: model.lossy,
      bytes: model.bytes,
      storedBytes: model.storedBytes,
      predictedBytes: predictedOf(model),
      familyId: model.family?.id ?? null,
      relation: relations.relationOf(model),
      parents: relations.parentsOf(model.id),
      storageParents: storageParents.get(model.id) ?? [],
      relatives: [...relations.relativesOf(model.id)],
    })),
  };
}

const wholeLibrary = 100_000;

function ownParent(name: string): DeltashelfError {
  return new DeltashelfError('usage', `${name} cannot be its own parent. Nothing was changed.`);
}
