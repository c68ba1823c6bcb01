import { basename } from 'node:path';
import type { QuarantineEntry } from '../quarantine/manifest.ts';
import type { FoundModel } from '../scan/found-model.ts';
import type { Sidecar } from '../vault/sidecar.ts';
import type { VaultState } from '../vault/vault-state.ts';
import type { Connection, Statement } from './connection.ts';
import type { Originals } from './originals.ts';
import type { Statuses } from './statuses.ts';
import { Deltas } from './tables/deltas.ts';
import type { Hashes } from './tables/hashes.ts';
import type { Models } from './tables/models.ts';

/** Keeps what the catalogue says of deltas and quarantine in step with the vault, which wins. */
export class VaultMirror {
  readonly deltas: Deltas;
  readonly #connection: Connection;
  readonly #models: Models;
  readonly #hashes: Hashes;
  readonly #originals: Originals;
  readonly #statuses: Statuses;
  readonly #entries: Statement<[], { id: string; model: number }>;
  readonly #putEntry: Statement<[string, number, string, number, string]>;
  readonly #dropEntry: Statement<[string]>;
  readonly #holder: Statement<[string, number], { model: number }>;
  readonly #onlyStored: Statement<[number, number, number]>;

  constructor(
    connection: Connection,
    models: Models,
    hashes: Hashes,
    originals: Originals,
    statuses: Statuses,
  ) {
    this.deltas = new Deltas(connection);
    this.#connection = connection;
    this.#models = models;
    this.#hashes = hashes;
    this.#originals = originals;
    this.#statuses = statuses;
    this.#entries = connection.prepare('SELECT id, model FROM quarantine');
    this.#putEntry = connection.prepare('INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?)');
    this.#dropEntry = connection.prepare('DELETE FROM quarantine WHERE id = ?');
    this.#holder = connection.prepare(`
      SELECT f.model FROM files f JOIN hashes h ON h.ino = f.ino AND h.dev = f.dev
      WHERE h.path = ? AND f.size = ? AND f.role = 'weights' ORDER BY f.model LIMIT 1`);
    this.#onlyStored = connection.prepare(
      `UPDATE models SET presence = 'gone', bytes = ?, weight_bytes = ? WHERE id = ?`,
    );
  }

  /** Makes deltas and quarantine exactly what the vault holds. Models that only the vault knows get a row. */
  sync(state: VaultState): void {
    this.#connection.write(() => {
      this.#statuses.setVaultOnline(true);
      for (const { id } of this.deltas.list()) if (!state.stored.has(id)) this.forgotten(id);
      for (const sidecar of state.stored.values()) this.stored(sidecar);
      for (const { id } of this.#entries.all()) if (!state.quarantine.has(id)) this.released(id);
      for (const entry of state.quarantine.values()) this.quarantined(entry);
    });
  }

  /** Says that the vault can or cannot be reached; while it cannot, what is only stored there is offline. */
  setOnline(online: boolean): void {
    this.#connection.write(() => this.#statuses.setVaultOnline(online));
  }

  /**
   * Notes a sidecar that was written or changed: stored, verified, rebased.
   * @param model its catalogue id, where the caller knows it
   * @returns the catalogue id of its model
   */
  stored(sidecar: Sidecar, model?: number): number {
    return this.#connection.write(() => {
      const id = model ?? this.deltas.get(sidecar.id)?.model ?? this.#modelOf(sidecar);
      this.deltas.put(sidecar, id);
      this.#originals.refresh(id);
      return id;
    });
  }

  /** Notes that a delta was found damaged; null: that it is sound again. */
  damaged(id: string, sentence: string | null): void {
    this.#connection.write(() => {
      this.deltas.setDamage(id, sentence);
      this.#refresh(this.deltas.get(id)?.model);
    });
  }

  /** Notes that a sidecar is gone. */
  forgotten(id: string): void {
    this.#connection.write(() => {
      const model = this.deltas.get(id)?.model;
      this.deltas.drop(id);
      this.#refresh(model);
    });
  }

  /** Notes originals that lie in quarantine. */
  quarantined(entry: QuarantineEntry): void {
    this.#connection.write(() => {
      const stored = entry.stored === null ? undefined : this.deltas.get(entry.stored)?.model;
      const model =
        stored ??
        this.#models.idAt(entry.path) ??
        this.#putOnlyKnown(entry, entry.bytes, entry.bytes, 'folder');
      this.#putEntry.run(entry.id, model, entry.why, entry.bytes, entry.createdAt);
      this.#models.setAside(model);
      this.#refresh(model);
    });
  }

  /** Notes that originals are in quarantine no more: purged, or put back (the next scan sees them). */
  released(entry: string): void {
    this.#connection.write(() => {
      const model = this.#entries.all().find(({ id }) => id === entry)?.model;
      this.#dropEntry.run(entry);
      this.#refresh(model);
    });
  }

  #refresh(model: number | undefined): void {
    if (model !== undefined) this.#originals.refresh(model);
  }

  /** The model at its path, else one with its largest weights, else a row of its own. */
  #modelOf(sidecar: Sidecar): number {
    const there = this.#models.idAt(sidecar.path);
    if (there !== undefined) return there;
    const largest = sidecar.files
      .filter(({ weights }) => weights)
      .reduce((best, file) => (file.size > best.size ? file : best), { size: -1, sha256: '' });
    for (const path of largest.size < 0 ? [] : this.#hashes.pathsOf(largest.sha256)) {
      const holder = this.#holder.get(path, largest.size)?.model;
      if (holder !== undefined && this.deltas.ofModel(holder) === undefined) return holder;
    }
    const weights = sidecar.files.reduce((sum, { size, weights }) => sum + (weights ? size : 0), 0);
    return this.#putOnlyKnown(sidecar, sidecar.originalBytes, weights, sidecar.kind, sidecar.lineage);
  }

  #putOnlyKnown(
    model: { name: string; path: string },
    bytes: number,
    weightBytes: number,
    layout: 'file' | 'folder',
    lineage: Sidecar['lineage'] = [],
  ): number {
    const found: FoundModel = {
      path: model.path,
      name: model.name === '' ? basename(model.path) : model.name,
      layout,
      origin: 'plain',
      files: [],
      tensors: [],
      declared: declaredBy(lineage),
      blockers: [],
      warnings: [],
    };
    const { id } = this.#models.put(found, { folder: null, volume: null, scanSignature: null });
    this.#onlyStored.run(bytes, weightBytes, id);
    return id;
  }
}

/** What was known of its parents when it was stored: all that is left to tell where it came from. */
function declaredBy(lineage: Sidecar['lineage']): FoundModel['declared'] {
  const source = 'the sidecar in the vault';
  const parents = lineage.map(({ name, weight }) => ({
    name,
    source,
    ...(weight !== undefined && { weight }),
  }));
  return parents.length > 1 ? { parents: [], merge: { method: 'unknown', parents } } : { parents };
}
