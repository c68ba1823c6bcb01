import type { QuarantineEntry } from '../../../src/main/library/quarantine/manifest.ts';
import type { Sidecar } from '../../../src/main/library/vault/sidecar.ts';
import type { VaultState } from '../../../src/main/library/vault/vault-state.ts';

const hash = 'ab'.repeat(32);
export const deltaId = '11111111-1111-4111-8111-111111111111';
export const entryId = '22222222-2222-4222-8222-222222222222';

/** The sidecar of `foundModel(path)`, verified after its files were written. */
export function sidecar(path: string, more: Partial<Sidecar> = {}): Sidecar {
  return {
    format: 1,
    id: deltaId,
    name: path.slice(path.lastIndexOf('/') + 1),
    kind: 'folder',
    path,
    delta: { file: 'a.dshelf', bytes: 420, sha256: hash, level: 'fast' },
    originalBytes: 1010,
    files: [
      { path: 'README.md', size: 10, sha256: hash, weights: false },
      { path: 'model.safetensors', size: 1000, sha256: hash, weights: true },
    ],
    parents: [{ name: 'base', path: '/models/base', stored: null, files: [] }],
    lineage: [],
    createdAt: '2026-11-29T11:00:00.000Z',
    verifiedAt: '2026-11-29T11:01:00.000Z',
    ...more,
  };
}

export function quarantineEntry(path: string, more: Partial<QuarantineEntry> = {}): QuarantineEntry {
  return {
    format: 1,
    id: entryId,
    why: 'reclaimed',
    stored: deltaId,
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    folder: `/.deltashelf-quarantine/${entryId}`,
    files: [],
    note: null,
    bytes: 1000,
    createdAt: '2026-11-29T11:02:00.000Z',
    trustedAt: '2026-11-29T11:02:00.000Z',
    ...more,
  };
}

export function vaultState(
  stored: readonly Sidecar[],
  quarantine: readonly QuarantineEntry[] = [],
): VaultState {
  return {
    stored: new Map(stored.map((each) => [each.id, each])),
    anchors: new Map(),
    quarantine: new Map(quarantine.map((each) => [each.id, each])),
  };
}
