import type { Sidecar, StoredParent, VaultState } from '../vault/index.ts';

type Hashed = readonly { readonly sha256: string }[];

/**
 * Ids of the stored models that come back from what the vault holds alone: from anchored bases and verified deltas
 * over them. A delta that is decoded with itself, by whatever detour, is none of them; neither is one over a lossy one.
 */
export function heldModels(state: VaultState): Set<string> {
  const held = new Set<string>();
  const hashes = new Set(
    [...state.anchors.values()].flatMap(({ files }) => files.map(({ sha256 }) => sha256)),
  );
  const waiting = new Set([...state.stored.values()].filter(({ verifiedAt }) => verifiedAt !== null));
  for (let before = -1; before < held.size;) {
    before = held.size;
    for (const model of waiting) {
      if (missingOf(model, hashes).length > 0) continue;
      held.add(model.id);
      waiting.delete(model);
      if (model.lossy === undefined) for (const { sha256 } of model.files) hashes.add(sha256);
    }
  }
  return held;
}

/** Hashes of all files that come back from what the vault holds alone. */
export function heldHashes(state: VaultState): Set<string> {
  const models = [...heldModels(state)]
    .flatMap((id) => state.stored.get(id) ?? [])
    .filter(({ lossy }) => lossy === undefined);
  return new Set(
    [...state.anchors.values(), ...models].flatMap(({ files }) => files.map(({ sha256 }) => sha256)),
  );
}

/** Parents of a model that are neither anchored nor come back from the stored models given. */
export function unheldParents(state: VaultState, held: ReadonlySet<string>, model: Sidecar): StoredParent[] {
  const exact = [...held]
    .flatMap((id) => state.stored.get(id) ?? [])
    .filter(({ lossy }) => lossy === undefined);
  const holders: Hashed[] = [...state.anchors.values(), ...exact].map(({ files }) => files);
  return missingOf(model, new Set(holders.flat().map(({ sha256 }) => sha256)));
}

/** Stored models of which a delta is decoded with something that these files are. */
export function childrenOf(state: VaultState, files: Hashed): Sidecar[] {
  const hashes = new Set(files.map(({ sha256 }) => sha256));
  return [...state.stored.values()].filter(({ parents }) =>
    parents.some((parent) => parent.files.some(({ sha256 }) => hashes.has(sha256))),
  );
}

function missingOf({ parents }: Sidecar, hashes: ReadonlySet<string>): StoredParent[] {
  return parents.filter(({ files }) => files.some(({ sha256 }) => !hashes.has(sha256)));
}
