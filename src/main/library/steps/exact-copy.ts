import { basename, dirname, join } from 'node:path';
import { applyDeltaFile } from '../deltas/index.ts';
import {
  checkPath,
  copyFile,
  isUsable,
  openModel,
  removeTree,
  temporaryBeside,
  writeFailure,
  type ModelEntries,
} from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { Sidecar } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { makeParents } from './make-parents.ts';
import { hasBytes, isWhole, originalPath } from './originals.ts';
import { restoreFolders } from './place-missing.ts';
import { requireSameModel } from './same-model.ts';
import { withBases } from './with-bases.ts';

/** Works with the original where it lay, if it is whole and nothing was added; undefined else. */
export async function wholeOriginal(
  context: StepContext,
  stored: Sidecar,
  control: JobControl,
): Promise<string | undefined> {
  const entries = await entriesAt(context, stored.path);
  const paths = new Set(stored.files.map(({ path }) => path));
  const same = entries?.files.length === paths.size && entries.files.every(({ path }) => paths.has(path));
  return same && (await isWhole(context, stored, control)) ? stored.path : undefined;
}

/** The name that the model had: its next delta is to say it too. */
function ownName({ path }: Sidecar): string {
  const name = basename(path);
  const problem = checkPath(name);
  return problem !== undefined && !isUsable(problem) ? 'model' : name;
}

/** Decodes a stored model into the vault, for as long as `work` takes. */
export async function withDecoded<T>(
  context: StepContext,
  stored: Sidecar,
  control: JobControl,
  work: (model: string) => Promise<T>,
): Promise<T> {
  const { tools, vault } = context;
  const file = vault.deltaPath(stored);
  await requireSameModel(context, stored, file, control);
  return withStaging(context, async (staging) => {
    const model = join(staging, ownName(stored));
    const output = stored.kind === 'file' ? staging : model;
    await withBases(context, stored, control, (bases, forward) =>
      applyDeltaFile(tools, { file, ...bases, output }, forward),
    );
    return work(stored.kind === 'file' ? join(staging, stored.files[0]?.path ?? '') : model);
  });
}

/**
 * Puts a model together from what is left of its original, where it lay and in quarantine, for as long as `work` takes.
 * @returns undefined where a file of it is in neither place
 */
export async function withGathered<T>(
  context: StepContext,
  stored: Sidecar,
  control: JobControl,
  work: (model: string) => Promise<T>,
): Promise<T | undefined> {
  const places = await placesOf(context, stored, control);
  if (places === undefined) return undefined;
  const { fs } = context.tools;
  return withStaging(context, async (staging) => {
    const model = join(staging, ownName(stored));
    const root = stored.kind === 'file' ? staging : model;
    for (const [path, from] of places) {
      const to = join(root, ...path.split('/'));
      await makeParents(fs, dirname(to));
      await copyFile(fs, from, to, control);
    }
    if (stored.kind === 'file') return work(join(staging, stored.files[0]?.path ?? ''));
    await addEntries(context, model, await entriesAt(context, stored.path));
    return work(model);
  });
}

async function withStaging<T>(
  { tools: { fs }, vault }: StepContext,
  work: (staging: string) => Promise<T>,
): Promise<T> {
  const staging = temporaryBeside(join(vault.path, 'x'));
  try {
    await fs.mkdir(staging, 0o700);
  } catch (error) {
    throw writeFailure(error, vault.path);
  }
  try {
    return await work(staging);
  } finally {
    // What stays is swept when the vault is opened next.
    await removeTree(fs, staging).catch(() => undefined);
  }
}

/** For each file, a place that has its bytes. */
async function placesOf(
  context: StepContext,
  stored: Sidecar,
  control: JobControl,
): Promise<Map<string, string> | undefined> {
  const entries = [...context.vault.quarantine.values()].flatMap(({ files }) => files);
  const places = new Map<string, string>();
  for (const file of stored.files) {
    const quarantined = entries.filter(({ sha256 }) => sha256 === file.sha256).map(({ to }) => to);
    for (const place of [originalPath(stored, file), ...quarantined]) {
      if (places.has(file.path) || !(await hasBytes(context, place, file, control))) continue;
      places.set(file.path, place);
    }
    if (!places.has(file.path)) return undefined;
  }
  return places;
}

/** What a folder has beside its files: reclaim leaves it where it was. */
async function addEntries(
  { tools: { fs } }: StepContext,
  model: string,
  entries: ModelEntries | undefined,
): Promise<void> {
  if (!entries) return;
  for (const { path } of entries.folders) await makeParents(fs, join(model, path));
  for (const { path, target } of entries.links) {
    await makeParents(fs, dirname(join(model, path)));
    await fs.symlink(target, join(model, path));
  }
  const root = entries.root ? [{ path: '', ...entries.root }] : [];
  await restoreFolders(fs, model, [...root, ...entries.folders]);
}

async function entriesAt({ tools: { fs } }: StepContext, path: string): Promise<ModelEntries | undefined> {
  try {
    const model = await openModel(fs, path);
    await model.close();
    return model.entries;
  } catch {
    return undefined;
  }
}
