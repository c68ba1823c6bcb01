import { join } from 'node:path';
import { removeFile, shownPath, temporaryBeside } from '../disk/index.ts';
import { vaultLayout, type Sidecar } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { findOnDisk } from './parent-places.ts';
import { rootsOf } from './roots.ts';

// A base that is held by a hard link is the same bytes under two names: another program that deletes it takes nothing
// away, one that writes into it changes what the vault holds.

/** What a person is to know of a base that a hard link alone holds, or would hold. */
export interface LinkedBase {
  /** Where the base lies. */
  readonly path: string;
  readonly sentence: string;
}

/**
 * The bases of stored models that a hard link alone holds; also those that nothing holds yet and that could only be
 * linked.
 */
export async function linkedBases(context: StepContext, stored: readonly Sidecar[]): Promise<LinkedBase[]> {
  const { vault, settings } = context;
  const children = new Map<string, Set<string>>();
  const named = (path: string, child: string): void => {
    children.set(path, (children.get(path) ?? new Set()).add(child));
  };
  for (const model of stored) {
    for (const { parent, file } of rootsOf(vault, model).files) {
      const anchors = [...vault.anchors.values()].filter(({ files }) =>
        files.some(({ sha256 }) => sha256 === file.sha256),
      );
      const [held] = anchors;
      if (held) {
        if (anchors.every(({ how }) => how === 'link')) named(held.path, model.name);
        continue;
      }
      if (settings.anchors === 'copy') continue;
      const place = await findOnDisk(context, model, { ...parent, files: [file] });
      if (place === undefined || children.get(place)?.has(model.name)) continue;
      const path = place.endsWith(file.path) ? place : join(place, ...file.path.split('/'));
      if (await isOnlyLinked(context, path).catch(() => false)) named(place, model.name);
    }
  }
  return [...children].map(([path, names]) => ({ path, sentence: sentenceFor(path, [...names]) }));
}

/** Tries it, under a name that is swept away should the process end here. */
async function isOnlyLinked({ tools: { fs }, vault }: StepContext, path: string): Promise<boolean> {
  const [base, place] = [await fs.stat(path), await fs.stat(vault.path)];
  // Across disks there is no link either: such a base is copied.
  if (base.kind !== 'file' || base.dev !== place.dev) return false;
  const probe = temporaryBeside(join(vault.path, vaultLayout.marker));
  try {
    await fs.clone(await fs.realpath(path), probe);
    return false;
  } catch {
    return true;
  } finally {
    await removeFile(fs, probe);
  }
}

function sentenceFor(path: string, names: readonly string[]): string {
  return (
    `The base ${shownPath(path)} of ${names.join(', ')} is held by a hard link, as its disk makes no clones: ` +
    'deleting it elsewhere does no harm, but a program that writes into it changes what the vault holds. To have a copy ' +
    'instead: deltashelf settings anchors=copy'
  );
}
