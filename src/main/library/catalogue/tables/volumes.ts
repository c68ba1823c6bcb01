import type { Connection, Statement } from '../connection.ts';
import type { Statuses } from '../statuses.ts';

/** A volume that watched folders lie on, known by its identity, wherever it is mounted. */
export interface CatalogueVolume {
  readonly id: number;
  /** What names it for ever: a UUID or serial number. */
  readonly identity: string;
  /** As people call it. */
  readonly label: string;
  /** Where it is mounted, or was last. */
  readonly mountPath: string;
  readonly state: VolumeState;
  /** When it was last online. */
  readonly seenAt: string;
}

/** `offline`: not connected. `missing`: connected, but the watched folder on it is not there. */
export type VolumeState = 'online' | 'offline' | 'missing';

type Row = Omit<CatalogueVolume, 'mountPath' | 'seenAt'> & { mount_path: string; seen_at: string };

/** The volumes of the library. */
export class Volumes {
  readonly #connection: Connection;
  readonly #statuses: Statuses;
  readonly #now: () => Date;
  readonly #list: Statement<[], Row>;
  readonly #put: Statement<[string, string, string, string], { id: number }>;
  readonly #setState: Statement<[VolumeState, number]>;

  constructor(connection: Connection, statuses: Statuses, now: () => Date) {
    this.#connection = connection;
    this.#statuses = statuses;
    this.#now = now;
    this.#list = connection.prepare('SELECT * FROM volumes ORDER BY id');
    this.#put = connection.prepare(`
      INSERT INTO volumes (identity, label, mount_path, state, seen_at) VALUES (?, ?, ?, 'online', ?)
      ON CONFLICT (identity) DO UPDATE SET
        label = excluded.label, mount_path = excluded.mount_path, state = 'online', seen_at = excluded.seen_at
      RETURNING id`);
    this.#setState = connection.prepare('UPDATE volumes SET state = ? WHERE id = ?');
  }

  list(): CatalogueVolume[] {
    return this.#list
      .all()
      .map(({ mount_path: mountPath, seen_at: seenAt, ...row }) => ({ ...row, mountPath, seenAt }));
  }

  /** Notes a volume that is connected. Its models are online again. */
  seen(volume: Pick<CatalogueVolume, 'identity' | 'label' | 'mountPath'>): number {
    return this.#connection.write(() => {
      const before = this.list().find(({ identity }) => identity === volume.identity);
      const time = this.#now().toISOString();
      const id = this.#put.get(volume.identity, volume.label, volume.mountPath, time)?.id ?? 0;
      if (before !== undefined && before.state !== 'online') this.#statuses.refreshAll();
      return id;
    });
  }

  /** Notes that a volume went away or came back. Its models keep their rows. */
  setState(id: number, state: VolumeState): void {
    this.#connection.write(() => {
      this.#setState.run(state, id);
      this.#statuses.refreshAll();
    });
  }
}
