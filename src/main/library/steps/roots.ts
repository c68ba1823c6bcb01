import type { Sidecar, StoredParent, VaultState } from '../vault/index.ts';

/** What a stored model is decoded with in the end, over all deltas between. */
export interface Roots {
  /** Files of bases: no stored model gives them. Each with the parent that names it. */
  readonly files: readonly { readonly parent: StoredParent; readonly file: StoredParent['files'][number] }[];
  /** Stored models on the way. */
  readonly through: readonly Sidecar[];
}

/**
 * Follows a stored model to its bases. A parent that some other exact stored model is comes back from there, unless that
 * would lead back. Files that a parent merely has in common with others (all members of a family have the same tokenizer)
 * lead nowhere: over them every family would seem to be decoded with itself.
 */
export function rootsOf(state: VaultState, stored: Sidecar): Roots {
  const files = new Map<string, Roots['files'][number]>();
  const through = new Map<string, Sidecar>();
  const follow = (child: Sidecar, trail: readonly string[]): void => {
    for (const parent of child.parents) {
      const giver = giverOf(state, parent, trail);
      if (giver === undefined) for (const file of parent.files) files.set(file.sha256, { parent, file });
      else if (!through.has(giver.id)) {
        through.set(giver.id, giver);
        follow(giver, [...trail, giver.id]);
      }
    }
  };
  follow(stored, [stored.id]);
  return { files: [...files.values()], through: [...through.values()] };
}

/** Whether some exact stored model has a file, whatever else is needed to decode it. */
export function isStored(state: VaultState, sha256: string): boolean {
  return [...state.stored.values()].some(
    ({ lossy, files }) => lossy === undefined && files.some((file) => file.sha256 === sha256),
  );
}

/** Stored models that are decoded with any of these files, directly or over others, each once. */
export function dependentsOf(state: VaultState, hashes: Iterable<string>): Sidecar[] {
  const needed = new Set(hashes);
  const found = new Map<string, Sidecar>();
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const stored of state.stored.values()) {
      if (found.has(stored.id)) continue;
      const depends = stored.parents.some(({ files }) => files.some(({ sha256 }) => needed.has(sha256)));
      if (!depends) continue;
      found.set(stored.id, stored);
      for (const { sha256 } of stored.files) needed.add(sha256);
    }
  }
  return [...found.values()];
}

/** A stored model that gives all files of a parent. */
function giverOf(state: VaultState, parent: StoredParent, trail: readonly string[]): Sidecar | undefined {
  const gives = ({ id, lossy, files }: Sidecar): boolean => {
    const hashes = new Set(files.map(({ sha256 }) => sha256));
    return (
      lossy === undefined && !trail.includes(id) && parent.files.every(({ sha256 }) => hashes.has(sha256))
    );
  };
  const named = parent.stored === null ? undefined : state.stored.get(parent.stored);
  if (named && gives(named)) return named;
  return [...state.stored.values()].find(gives);
}
