import type { CallResult, ParsedArgs, QuarantineResult, ReclaimResult } from '../../../shared/index.ts';
import type { QuarantineEntry, ReclaimModel } from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { failed, refused } from './outcome.ts';
import { jobControl } from './progress.ts';
import { selected, type Selected } from './selection.ts';

type Row = ReclaimResult['models'][number];

/** Plans, or moves verified originals into quarantine. */
export async function reclaim(
  context: LibraryContext,
  args: ParsedArgs<'reclaim'>,
  control: CallControl,
): Promise<CallResult<'reclaim'>> {
  const { confirmed, sideFiles } = args;
  const { steps } = context;
  const names = context.catalogue.queries.names();
  const chosen = selected(context, args, ({ state }) => state === 'compressed').map(({ model, id }) => ({
    ...{ id, model: { ...model, name: names.get(model.id) ?? model.name } },
  }));
  const rows: Row[] = [];
  for (const each of chosen) {
    control.signal?.throwIfAborted();
    if (each.id === undefined) {
      rows.push(
        emptyRow(refused(each.model, `${each.model.name} is not stored, so it stays; compress it first.`)),
      );
      continue;
    }
    const request = { ids: [each.id], sideFiles, watched: watchedFolders(context) };
    const [planned] = (await steps.planReclaim(request)).models;
    if (!planned) continue;
    const row = rowOf(each, planned);
    rows.push(confirmed && row.outcome === 'done' ? await moveOne(context, each, row, args, control) : row);
  }
  const moving = rows.filter(({ outcome }) => outcome === 'done');
  const done = new Set(moving.map(({ path }) => path));
  return {
    moved: confirmed,
    models: rows,
    bytes: moving.reduce((sum, { bytes }) => sum + bytes, 0),
    warnings: await linkWarnings(
      context,
      chosen.filter(({ model }) => done.has(model.path)).map(({ id = '' }) => id),
    ),
  };
}

/** What a person is to know of bases that only a hard link holds, before the originals of these models go. */
export async function linkWarnings(
  { steps }: LibraryContext,
  ids: readonly string[],
): Promise<{ file: string; sentence: string }[]> {
  const linked = await steps.linkedBases(ids);
  return linked.map(({ path, sentence }) => ({ file: path, sentence }));
}

/** Moves the originals of stored models; the catalogue knows it afterwards. */
export async function reclaimIds(
  context: LibraryContext,
  ids: readonly string[],
  sideFiles: boolean,
  control: CallControl,
): Promise<QuarantineEntry[]> {
  const request = { ids, sideFiles, watched: watchedFolders(context) };
  const entries = await context.steps.reclaim(request, jobControl(control, ''));
  for (const entry of entries) context.catalogue.vault.quarantined(entry);
  context.emit({ event: 'changed' });
  return entries;
}

export function watchedFolders({ catalogue }: LibraryContext): string[] {
  return catalogue.folders.list().map(({ path }) => path);
}

async function moveOne(
  context: LibraryContext,
  { model, id = '' }: Selected,
  row: Row,
  { sideFiles }: ParsedArgs<'reclaim'>,
  control: CallControl,
): Promise<Row> {
  try {
    const entries = await reclaimIds(context, [id], sideFiles, control);
    return { ...row, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch (error) {
    control.signal?.throwIfAborted();
    return { ...row, ...failed(model, error), bytes: 0 };
  }
}

function rowOf({ model }: Selected, planned: ReclaimModel): Row {
  if (planned.refused !== null)
    return { ...emptyRow(refused(model, planned.refused)), stay: [...planned.stay] };
  return {
    name: model.name,
    path: model.path,
    outcome: 'done',
    sentence: null,
    files: planned.files.map(({ path, size }) => ({ path, bytes: size })),
    stay: [...planned.stay],
    bytes: planned.bytes,
  };
}

function emptyRow(outcome: ReturnType<typeof refused>): Row {
  return { ...outcome, files: [], stay: [], bytes: 0 };
}

/** What is in quarantine. */
export async function quarantine(context: LibraryContext): Promise<QuarantineResult> {
  const entries = [...context.steps.state.quarantine.values()];
  const ripe = await context.steps.ripe();
  return {
    entries: entries.map(({ id, name, path, why, files, bytes, createdAt }) => ({
      id,
      name,
      path,
      why,
      files: files.map(({ from, size }) => ({ path: from, bytes: size })),
      bytes,
      createdAt,
      ripe: ripe.has(id),
    })),
    bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
