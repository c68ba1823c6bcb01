import type { ModelState } from '../../../shared/library/index.ts';
import type { Connection, Statement } from './connection.ts';
import { freesOf, stateOf, type Presence } from './state.ts';

interface Row {
  id: number;
  presence: Presence;
  changed: number;
  blocked: number;
  weight_bytes: number;
  predicted_bytes: number | null;
  volume_state: string | null;
  delta: string | null;
  delta_bytes: number | null;
  verified_at: string | null;
  damage: string | null;
  lossy: string | null;
  quarantined: number;
  quarantined_bytes: number;
}

// The newest delta of a model counts; `max` picks its row.
const columns = `
SELECT m.id, m.presence, m.changed, m.blocked, m.weight_bytes, m.predicted_bytes, v.state AS volume_state,
  d.id AS delta, d.bytes AS delta_bytes, d.verified_at, d.damage, d.lossy,
  coalesce(q.entries, 0) AS quarantined, coalesce(q.bytes, 0) AS quarantined_bytes
FROM models m
LEFT JOIN volumes v ON v.id = m.volume
LEFT JOIN (SELECT *, max(created_at) FROM deltas GROUP BY model) d ON d.model = m.id
LEFT JOIN (SELECT model, count(*) AS entries, sum(bytes) AS bytes FROM quarantine GROUP BY model) q ON q.model = m.id`;

type Update = [
  state: ModelState,
  lossy: number,
  stored: number | null,
  frees: number | null,
  predicted: number,
  id: number,
];

/**
 * Keeps the columns that lists sort and filter by (state, stored bytes, what can be freed) in step with the facts they
 * follow from. Whoever changes such a fact calls `refresh` in the same write.
 */
export class Statuses {
  readonly #one: Statement<[number, number, number], Row>;
  readonly #all: Statement<[], Row>;
  readonly #update: Statement<Update>;
  #vaultOnline = true;

  constructor(connection: Connection) {
    this.#one = connection.prepare(
      columns
        .replace('FROM deltas', 'FROM deltas WHERE model = ?')
        .replace('FROM quarantine', 'FROM quarantine WHERE model = ?') + ' WHERE m.id = ?',
    );
    this.#all = connection.prepare(columns);
    this.#update = connection.prepare(
      'UPDATE models SET state = ?, lossy = ?, stored_bytes = ?, frees_bytes = ?, frees_predicted = ? WHERE id = ?',
    );
  }

  refresh(model: number): void {
    const row = this.#one.get(model, model, model);
    if (row !== undefined) this.#set(row);
  }

  refreshAll(): void {
    for (const row of this.#all.all()) this.#set(row);
  }

  /** Says whether the vault can be reached; a catalogue that was just opened takes it to be. */
  setVaultOnline(online: boolean): void {
    if (this.#vaultOnline === online) return;
    this.#vaultOnline = online;
    this.refreshAll();
  }

  #set(row: Row): void {
    const state = stateOf({
      volumeOnline: row.volume_state === null || row.volume_state === 'online',
      presence: row.presence,
      delta: deltaFact(row),
      vaultOnline: this.#vaultOnline,
      changed: row.changed === 1,
      quarantined: row.quarantined > 0,
    });
    const frees = freesOf({
      state,
      blocked: row.blocked === 1,
      weightBytes: row.weight_bytes,
      quarantinedBytes: row.quarantined_bytes,
      predictedBytes: row.predicted_bytes,
    });
    const lossy = row.lossy === null ? 0 : 1;
    this.#update.run(state, lossy, row.delta_bytes, frees.bytes, frees.predicted ? 1 : 0, row.id);
  }
}

function deltaFact(row: Row): 'none' | 'unverified' | 'verified' | 'damaged' {
  if (row.delta === null) return 'none';
  if (row.damage !== null) return 'damaged';
  return row.verified_at === null ? 'unverified' : 'verified';
}
