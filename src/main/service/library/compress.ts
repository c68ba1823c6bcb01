import type { CallResult, CompressResult, ParsedArgs } from '../../../shared/index.ts';
import type { CatalogueModel, ParentPlace, PlannedModel, Sidecar } from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext, WorkControl } from './context.ts';
import { makePlan } from './make-plan.ts';
import { noteHashes } from './hashes.ts';
import { failed, kept, type Outcome } from './outcome.ts';
import { jobControl, stageControls, withoutBar } from './progress.ts';
import { purgeEntries } from './purge.ts';
import { reclaimIds } from './reclaim.ts';
import { findModels } from './references.ts';
import { Relations } from './relations.ts';

type CompressedModel = CompressResult['models'][number];

/**
 * Stores models as deltas as the plan says and verifies each. Parents come before their children, so that a delta over
 * a delta is never made against something that is not there yet.
 */
export async function compress(
  context: LibraryContext,
  args: ParsedArgs<'compress'>,
  control: WorkControl,
): Promise<CallResult<'compress'>> {
  const start = performance.now();
  if (context.away) throw context.away;
  const asked = findModels(context, args.models);
  const wanted = new Set(asked.map(({ id }) => id));
  const plan = await makePlan(context, withoutBar(control), wanted);
  const relations = new Relations(context);
  const rows: CompressedModel[] = [];
  const warnings: CompressResult['warnings'] = [];
  const due = plan.models
    .filter(({ model, action }) => (args.all ? action === 'compress' : wanted.has(model)))
    .sort((a, b) => a.depth - b.depth);
  const models = due.flatMap((planned) => {
    const model = context.catalogue.models.get(planned.model);
    return model ? [{ planned, model }] : [];
  });
  // Storing reads the model and its parent, codes and writes; verifying reads, decodes and hashes.
  const stages = models.map(({ model }) => ({ bytes: model.bytes * 3, weight: 1 }));
  const controls = stageControls(control, stages);
  for (const [at, { planned, model }] of models.entries()) {
    control.signal?.throwIfAborted();
    const own = controls[at] ?? control;
    const row = await compressOne({ context, relations, warnings }, model, planned, args, own);
    rows.push(row);
    if (args.asYouGo && row.verified) await letGo(context, model, own);
  }
  const good = rows.filter(({ verified }) => verified);
  return {
    models: rows,
    originalBytes: good.reduce((sum, { originalBytes }) => sum + originalBytes, 0),
    storedBytes: good.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
    warnings,
    seconds: (performance.now() - start) / 1000,
  };
}

/** What one model after the other is compressed with. */
interface Compressing {
  readonly context: LibraryContext;
  /** Read once: names and parents of thousands. */
  readonly relations: Relations;
  readonly warnings: CompressResult['warnings'];
}

async function compressOne(
  compressing: Compressing,
  model: CatalogueModel,
  planned: PlannedModel,
  { level }: ParsedArgs<'compress'>,
  control: CallControl,
): Promise<CompressedModel> {
  const { context, relations, warnings } = compressing;
  const { catalogue, steps } = context;
  const shown = { name: relations.nameOf(model.id), path: model.path };
  const parent = planned.parent === null ? undefined : catalogue.models.get(planned.parent);
  const nothing = {
    parent: parent ? relations.nameOf(parent.id) : null,
    originalBytes: model.bytes,
    storedBytes: 0,
    ratio: 1,
    verified: false,
    seconds: 0,
  };
  const began = performance.now();
  const told = (outcome: Outcome): CompressedModel => ({ ...nothing, ...outcome });
  if (planned.action === 'keep') return told(kept(shown, planned.reason));
  const known = currentDelta(context, model);
  try {
    let sidecar = known;
    if (!sidecar) {
      const made = await store(compressing, model, parent, level, control);
      warnings.push(...made.warnings);
      sidecar = made.stored;
    }
    const verified = await steps.verify(sidecar.id, jobControl(control, model.name));
    catalogue.vault.stored(verified, model.id);
    context.emit({ event: 'changed' });
    return {
      ...nothing,
      ...shown,
      outcome: 'done',
      sentence: null,
      originalBytes: verified.originalBytes,
      storedBytes: verified.delta.bytes,
      ratio: verified.originalBytes === 0 ? 1 : verified.delta.bytes / verified.originalBytes,
      verified: true,
      seconds: (performance.now() - began) / 1000,
    };
  } catch (error) {
    control.signal?.throwIfAborted();
    return told(failed(shown, error));
  }
}

/** The delta of a model whose original is still what was stored. */
function currentDelta({ catalogue, steps }: LibraryContext, model: CatalogueModel): Sidecar | undefined {
  const known = catalogue.vault.deltas.ofModel(model.id);
  if (!known || model.state === 'changed' || model.state === 'damaged') return undefined;
  return steps.state.stored.get(known.id);
}

async function store(
  { context, relations }: Compressing,
  model: CatalogueModel,
  parent: CatalogueModel | undefined,
  level: ParsedArgs<'compress'>['level'],
  control: CallControl,
): ReturnType<LibraryContext['steps']['store']> {
  const { catalogue, steps } = context;
  const found = catalogue.models.found(model.id);
  if (!found) throw new Error('a model of the library has a row');
  const made = await steps.store(
    {
      name: model.name,
      path: model.path,
      parents: parent ? [placeOf(context, parent)] : [],
      level,
      lineage: relations
        .parentsOf(model.id)
        .map(({ name, weight, evidence }) => ({ name, evidence, ...(weight !== undefined && { weight }) })),
      roles: new Map(found.files.map(({ path, role }) => [path, role])),
      leaveOut: found.leftOut ?? [],
    },
    jobControl(control, model.name),
  );
  catalogue.vault.stored(made.stored, model.id);
  noteHashes(context, model.id, made.stored.files);
  const [first] = made.stored.parents;
  if (parent && first) noteHashes(context, parent.id, first.files);
  return made;
}

/** Where a parent's bytes are: on disk where they are whole there, else in the vault. */
export function placeOf({ catalogue }: LibraryContext, parent: CatalogueModel): ParentPlace {
  const delta = catalogue.vault.deltas.ofModel(parent.id);
  const onDisk = parent.presence === 'whole' && parent.state !== 'changed';
  if (delta && !onDisk) return { kind: 'stored', id: delta.id };
  return { kind: 'path', path: parent.path, name: parent.name };
}

/** For a disk that is full: the original goes as soon as its delta is proven. */
async function letGo(context: LibraryContext, model: CatalogueModel, control: CallControl): Promise<void> {
  const delta = context.catalogue.vault.deltas.ofModel(model.id);
  if (!delta || model.blocked) return;
  const entries = await reclaimIds(context, [delta.id], false, control);
  await purgeEntries(
    context,
    entries.map(({ id }) => id),
    true,
    control,
  );
}
