import { homedir } from 'node:os';
import { parse, resolve } from 'node:path';
import { DeltashelfError, type CallResult, type ParsedArgs, type ScanResult } from '../../../shared/index.ts';
import {
  isInside,
  scanFolder,
  shownPath,
  type CatalogueFolder,
  type ScanReport,
  type SkipReason,
} from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { mirrorDecisions, takeUpDecisions } from './decisions.ts';
import { Summaries } from './describe-model.ts';
import { findMovedBases } from './find-moved.ts';
import { alarmsOf } from './guard.ts';
import { totalsOf } from './list.ts';
import { findModel } from './references.ts';
import { locateWatched, volumeIdOf } from './volumes.ts';

/** The root of the disk that the system is on. */
const systemRoot = parse(homedir()).root;

/** Watches a folder and looks what is in it. */
export async function addFolder(
  context: LibraryContext,
  { path }: ParsedArgs<'addFolder'>,
  control: CallControl,
): Promise<ScanResult> {
  const { catalogue, steps } = context;
  const place = await realFolder(context, path);
  if (place === systemRoot) throw wholeSystem(place);
  for (const folder of catalogue.folders.list()) {
    if (folder.path !== place && (isInside(folder.path, place) || isInside(place, folder.path))) {
      throw overlapping(place, folder.path);
    }
  }
  if (isInside(steps.vaultPath, place)) throw insideVault(place);
  catalogue.folders.add(place, await volumeIdOf(context, place));
  mirrorDecisions(context);
  catalogue.activity.add({ kind: 'folder-added', name: place, sentence: `Watches ${place}.` });
  // Watched from now on, also while it is looked through.
  context.emit({ event: 'changed' });
  return scanAll(
    context,
    catalogue.folders.list().filter((folder) => folder.path === place),
    control,
  );
}

/** Forgets a folder. Deletes nothing. */
export async function removeFolder(
  context: LibraryContext,
  { path }: ParsedArgs<'removeFolder'>,
): Promise<CallResult<'removeFolder'>> {
  const { catalogue, fs, emit } = context;
  const given = resolve(path);
  // A link to it is meant to be it. Of a folder whose disk is away, the path that it is listed by.
  const real = await fs.realpath(given).catch(() => given);
  const folders = catalogue.folders.list();
  const folder = folders.find((each) => each.path === given) ?? folders.find((each) => each.path === real);
  const place = folder?.path ?? given;
  if (!folder) {
    throw new DeltashelfError(
      'not-found',
      `${shownPath(place)} is not watched. Nothing was done. Watched folders: ${
        catalogue.folders
          .list()
          .map((each) => each.path)
          .join(', ') || 'none'
      }.`,
      { file: place },
    );
  }
  const before = catalogue.models.ids().length;
  catalogue.folders.remove(folder.id);
  mirrorDecisions(context);
  catalogue.activity.add({ kind: 'folder-removed', name: place, sentence: `Watches ${place} no more.` });
  emit({ event: 'changed' });
  return { path: place, forgotten: before - catalogue.models.ids().length };
}

/** Looks through all watched folders. */
export function scan(context: LibraryContext, _args: unknown, control: CallControl): Promise<ScanResult> {
  return scanAll(context, context.catalogue.folders.list(), control);
}

/** Looks through some watched folders and writes down what is found. */
export async function scanAll(
  context: LibraryContext,
  folders: readonly CatalogueFolder[],
  control: CallControl,
): Promise<ScanResult> {
  const { catalogue } = context;
  const start = performance.now();
  const sums = { added: 0, changed: 0, missing: 0 };
  const told: Told = {
    skipped: [],
    warnings: context.notices.map((sentence) => ({ file: context.home, sentence })),
  };
  for (const folder of folders) {
    const report = await scanOne(context, folder, told, control);
    if (report === undefined) continue;
    sums.added += report.added.length;
    sums.changed += report.changed.length;
    sums.missing += report.gone.length;
    const lost = await findMovedBases(context, report.gone, report.added, control);
    for (const alarm of alarmsOf(context, report.changed, lost)) {
      told.warnings.push({ file: folder.path, sentence: alarm.sentence });
      context.emit({ event: 'alarm', ...alarm });
    }
    await followMoved(context, report.moved);
    await context.landed(report, control);
  }
  // What was decided about models that were not here before.
  if (sums.added > 0) await takeUpDecisions(context);
  // What waited for a disk may go on.
  void context.jobs.recheck();
  context.emit({ event: 'changed' });
  return {
    folders: folders.map(({ path }) => path),
    models: catalogue.queries.totals({ folder: folders.map(({ id }) => id) }).models,
    ...sums,
    totals: totalsOf(context, { folder: folders.map(({ id }) => id) }),
    ...told,
    seconds: (performance.now() - start) / 1000,
  };
}

/** Of what lies there nothing was learned, so what is known of it stays. */
const isUnknown: ReadonlySet<SkipReason> = new Set([
  'unsettled',
  'unreadable',
  'link-loop',
  'too-many-names',
  'too-deep',
]);

/** The vault looks for originals where they lie now. */
async function followMoved(
  { catalogue, steps, away }: LibraryContext,
  moved: readonly number[],
): Promise<void> {
  for (const id of away ? [] : moved) {
    const model = catalogue.models.get(id);
    const delta = catalogue.vault.deltas.ofModel(id);
    if (model === undefined || delta === undefined) continue;
    await steps.relocate(delta.id, model.path);
    const sidecar = steps.state.stored.get(delta.id);
    if (sidecar) catalogue.vault.stored(sidecar, id);
  }
}

type Told = Pick<ScanResult, 'skipped' | 'warnings'>;

/** @returns undefined where the folder could not be looked at: what is known of it stays */
async function scanOne(
  context: LibraryContext,
  watched: CatalogueFolder,
  { skipped, warnings }: Told,
  control: CallControl,
): Promise<ScanReport | undefined> {
  const { catalogue, scanTools } = context;
  const { folder, state, sentence } = await locateWatched(context, watched);
  const session = catalogue.scan(folder.id);
  if (state !== 'here') {
    skipped.push({ path: folder.path, why: state === 'away' ? 'offline' : 'gone', sentence });
    return state === 'gone' ? session.finish() : undefined;
  }
  const left: string[] = [];
  try {
    const known = catalogue.models.signatures();
    for await (const finding of scanFolder(scanTools, folder.path, known, scanControl(control))) {
      if (finding.kind === 'skipped') {
        skipped.push(toSkipped(finding.place));
        if (isUnknown.has(finding.place.why)) left.push(finding.place.path);
      } else if (finding.kind === 'unchanged') session.unchanged(finding.path);
      else {
        session.found(finding.model, finding.signature);
        warnings.push(...finding.model.warnings);
      }
    }
  } catch (error) {
    control.signal?.throwIfAborted();
    if (!(error instanceof DeltashelfError) || error.code === 'internal') throw error;
    // A folder whose disk is away keeps its rows; the others are looked at.
    skipped.push({ path: folder.path, why: 'unreadable', sentence: error.message });
    return undefined;
  }
  return session.finish(left);
}

/** Says where a missing model is now. Its content must be the same. */
export async function locate(
  context: LibraryContext,
  args: ParsedArgs<'locate'>,
  control: CallControl,
): Promise<CallResult<'locate'>> {
  const { catalogue, fs } = context;
  const model = findModel(context, args.model);
  const place = await fs.realpath(resolve(args.path)).catch(() => resolve(args.path));
  const folder = catalogue.folders.list().find(({ path }) => isInside(path, place));
  if (!folder) {
    throw new DeltashelfError(
      'usage',
      `${shownPath(place)} lies in no watched folder. Nothing was done. Add its folder first: deltashelf add.`,
      { file: place },
    );
  }
  await scanAll(context, [folder], control);
  const there = catalogue.models.idAt(place);
  const moved = catalogue.models.get(model.id);
  if (moved?.path === place) return new Summaries(context).of(moved);
  const wanted = catalogue.contents.keyOf(model.id);
  if (there === undefined || wanted === null || catalogue.contents.keyOf(there) !== wanted) {
    throw new DeltashelfError(
      'parent-mismatch',
      `What lies at ${shownPath(place)} is not ${model.name}: its content is another, or was not read yet. Nothing was ` +
        'changed. Give the place that has it as it was.',
      { file: place },
    );
  }
  catalogue.models.adopt(there, model.id);
  return new Summaries(context).of(catalogue.models.get(model.id) ?? model);
}

async function realFolder({ fs }: LibraryContext, path: string): Promise<string> {
  try {
    const place = await fs.realpath(resolve(path));
    if ((await fs.stat(place)).kind !== 'folder') throw noFolder(place);
    return place;
  } catch (error) {
    if (error instanceof DeltashelfError) throw error;
    throw new DeltashelfError(
      'not-found',
      `${shownPath(resolve(path))} was not found. Nothing was done; check its name, or connect the disk it is on.`,
      { file: path },
      error,
    );
  }
}

function scanControl({ signal, onProgress }: CallControl): Parameters<typeof scanFolder>[3] {
  return {
    ...(signal && { signal }),
    onProgress: ({ path }) => onProgress?.({ phase: 'scan', title: path, doneBytes: 0, totalBytes: 0 }),
  };
}

function toSkipped({ path, why, sentence }: ScanResult['skipped'][number]): ScanResult['skipped'][number] {
  return { path, why, sentence };
}

function noFolder(place: string): DeltashelfError {
  return new DeltashelfError(
    'not-readable',
    `${shownPath(place)} is no folder. Nothing was done; choose the folder that holds your models.`,
    { file: place },
  );
}

function wholeSystem(place: string): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `${shownPath(place)} is the whole disk that the system is on, with the files of every program. Nothing was done; choose the folder that holds your models.`,
    { file: place },
  );
}

function overlapping(place: string, watched: string): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `${shownPath(place)} and ${shownPath(watched)}, which is watched, lie in each other. Nothing was done. Remove that one first, or watch only the outer one.`,
    { file: place },
  );
}

function insideVault(place: string): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `${shownPath(place)} is part of the vault, which holds deltas and no models of yours. Nothing was done.`,
    { file: place },
  );
}
