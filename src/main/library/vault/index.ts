// The vault: delta files under readable names, a sidecar beside each, anchored bases; complete without the catalogue.
// Reads and writes its own descriptions, under a lock; what is done with them, and in which order, steps decide.
// May import: disk, quarantine's manifest, shared, zod, better-sqlite3 for the lock.
export { readJson } from './json-file.ts';
export { deltaEnding, sidecarEnding, vaultLayout } from './layout.ts';
export type { VaultProblem } from './load.ts';
export { readMarker, writeMarker, type VaultMarker } from './marker.ts';
export { sidecarSchema, type Anchor, type Sidecar, type StoredFile, type StoredParent } from './sidecar.ts';
export { openVault, type Vault } from './vault.ts';
export type { VaultState } from './vault-state.ts';
