import { join, resolve } from 'node:path';
import type { FileSystem } from '../disk/index.ts';
import type { Sidecar, StoredParent } from '../vault/index.ts';
import type { StepContext } from './context.ts';

/** A place where the bytes of a parent may be now. */
export type ParentSpot = {
  /** It has all that is needed, as far as `by` tells. */
  readonly complete: boolean;
  /** Whether names and sizes tell what it has, or hashes that the vault keeps. */
  readonly by: 'sizes' | 'hashes';
} & (
  | /** A folder or file, or a delta without parent. */
    { readonly kind: 'files'; readonly path: string }
    /** A stored model, to be decoded with parents of its own. */
  | { readonly kind: 'stored'; readonly stored: Sidecar }
);

/**
 * Where the bytes of a parent may be, best first: where it lay last, where it may have moved to, an anchored base, a
 * stored model, quarantine. What a place really has is for the decoder to see.
 * @param child whose parent it is: its own files never serve
 */
export async function spotsOf(
  context: StepContext,
  child: Sidecar,
  parent: StoredParent,
): Promise<ParentSpot[]> {
  return [
    ...(await filesOnDisk(context, child, parent)),
    ...anchored(context, parent),
    ...storedModels(context, child, parent),
    ...quarantined(context, child, parent),
  ];
}

/** A place outside the vault that has files of the right names and sizes for all that is needed of a parent. */
export async function findOnDisk(
  context: StepContext,
  child: Pick<Sidecar, 'path'>,
  parent: StoredParent,
): Promise<string | undefined> {
  return (await filesOnDisk(context, child, parent)).find(({ complete }) => complete)?.path;
}

async function filesOnDisk(
  { tools: { fs }, hints }: StepContext,
  child: Pick<Sidecar, 'path'>,
  parent: StoredParent,
): Promise<Extract<ParentSpot, { kind: 'files' }>[]> {
  const own = resolve(child.path);
  const paths = [...(parent.path === null ? [] : [parent.path]), ...(await hints(parent))];
  const spots = [];
  for (const path of new Set(paths.map((each) => resolve(each)))) {
    if (path === own) continue;
    const found = await countFiles(fs, path, parent);
    const complete = found === parent.files.length;
    if (found > 0) spots.push({ kind: 'files' as const, path, complete, by: 'sizes' as const });
  }
  return spots.sort((left, right) => Number(right.complete) - Number(left.complete));
}

/** How many of a parent's files a place seems to have. */
async function countFiles(fs: FileSystem, path: string, { files }: StoredParent): Promise<number> {
  let count = 0;
  for (const file of files) {
    const status = await fs.stat(join(path, file.path)).catch(() => fs.stat(path).catch(() => undefined));
    if (status?.kind === 'file' && status.size === file.size) count += 1;
  }
  return count;
}

function anchored({ vault }: StepContext, parent: StoredParent): ParentSpot[] {
  return [...vault.anchors.values()].flatMap((anchor) => {
    const share = shareOf(parent, anchor.files);
    const path = vault.anchorPath(anchor);
    return share === 0 ? [] : [{ kind: 'files', path, complete: share === 1, by: 'hashes' }];
  });
}

function storedModels({ vault }: StepContext, child: Sidecar, parent: StoredParent): ParentSpot[] {
  const spots: ParentSpot[] = [];
  for (const stored of vault.stored.values()) {
    // With a tokenizer in common alone, it is a relative and not the parent.
    const usable = stored.id !== child.id && stored.lossy === undefined && hasLargest(parent, stored.files);
    const complete = usable && shareOf(parent, stored.files) === 1;
    if (usable) spots.push({ kind: 'stored', stored, complete, by: 'hashes' });
  }
  const first = (spot: ParentSpot): boolean => spot.kind === 'stored' && spot.stored.id === parent.stored;
  return spots.sort((left, right) => Number(first(right)) - Number(first(left)));
}

function quarantined({ vault }: StepContext, child: Sidecar, parent: StoredParent): ParentSpot[] {
  return [...vault.quarantine.values()].flatMap((entry) => {
    const share = entry.stored === child.id ? 0 : shareOf(parent, entry.files);
    const complete = share === 1;
    return share === 0 ? [] : [{ kind: 'files', path: entry.folder, complete, by: 'hashes' }];
  });
}

/** Whether the largest file of a parent is among others, by content. */
function hasLargest({ files }: StoredParent, others: readonly { readonly sha256: string }[]): boolean {
  const [first, ...rest] = files;
  const largest = rest.reduce((best, file) => (best && file.size > best.size ? file : best), first);
  return others.some(({ sha256 }) => sha256 === largest?.sha256);
}

/** Share of a parent's files that are among others, by content: 0 to 1. */
function shareOf(parent: StoredParent, others: readonly { readonly sha256: string }[]): number {
  const hashes = new Set(others.map(({ sha256 }) => sha256));
  const held = parent.files.filter(({ sha256 }) => hashes.has(sha256)).length;
  return parent.files.length === 0 ? 0 : held / parent.files.length;
}
