import { z } from 'zod';
import { DeltashelfError } from '../../../../shared/index.ts';
import { levels } from '../../../engine/delta/index.ts';
import type { Connection, Statement } from '../connection.ts';

const path = z.string().min(1).max(4096);

/** Every setting with its bounds. What is not set has the value of `defaultSettings`. */
export const settingsSchema = z.strictObject({
  /** Deltas on the way from a base to a model at most. */
  planDepth: z.int().min(1).max(16),
  /** Estimated seconds to reconstruct one model at most; null: no bound. */
  planSeconds: z.number().positive().nullable(),
  level: z.enum(levels),
  /** Days that an original stays in quarantine before a purge is offered. */
  minimumAgeDays: z.int().min(0).max(3650),
  /** Whether a fine-tune that lands in a watched folder is compressed by itself. */
  autoCompress: z.boolean(),
  /** Whether a base that can be neither cloned nor linked into the vault is stored there as a copy before a child goes. */
  copyBases: z.boolean(),
  /**
   * How a base is held that cannot be cloned: `link`, a hard link, which does not protect from a program that writes
   * into the base; `copy`, stored in the vault.
   */
  anchors: z.enum(['link', 'copy']),
  /** Threads that code; null: all cores. */
  threads: z.int().min(1).max(256).nullable(),
  /** Jobs at the same time. */
  concurrency: z.int().min(1).max(16),
  /** Folder of the vault; null: in the home. */
  vaultPath: path.nullable(),
  /** Second copy of the vault, which repairs may take from; null: none. */
  vaultCopyPath: path.nullable(),
  /** Minutes between two looks at the watched folders. */
  reconcileMinutes: z.int().min(1).max(10_080),
  /** GB = 10^9 bytes, or GiB = 2^30. */
  units: z.enum(['decimal', 'binary']),
  /** Whether every size is shown to the byte. */
  exactBytes: z.boolean(),
});
export type Settings = z.infer<typeof settingsSchema>;
export type SettingKey = keyof Settings;

export const defaultSettings: Settings = {
  planDepth: 3,
  planSeconds: null,
  level: 'fast',
  minimumAgeDays: 14,
  autoCompress: false,
  copyBases: true,
  anchors: 'link',
  threads: null,
  concurrency: 1,
  vaultPath: null,
  vaultCopyPath: null,
  reconcileMinutes: 15,
  units: 'decimal',
  exactBytes: false,
};

/** What a person set, and the defaults of the rest. */
export class SettingsTable {
  readonly #connection: Connection;
  readonly #all: Statement<[], { key: string; value: string }>;
  readonly #put: Statement<[string, string]>;
  readonly #clear: Statement<[string]>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#all = connection.prepare('SELECT key, value FROM settings');
    this.#put = connection.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)');
    this.#clear = connection.prepare('DELETE FROM settings WHERE key = ?');
  }

  /** All settings. A value that this version does not take counts as not set. */
  all(): Settings {
    const set: Partial<Record<string, unknown>> = {};
    for (const { key, value } of this.#all.all()) {
      if (!isKey(key)) continue;
      const parsed = settingsSchema.shape[key].safeParse(parseOrUndefined(value));
      if (parsed.success) set[key] = parsed.data;
    }
    return settingsSchema.parse({ ...defaultSettings, ...set });
  }

  get<K extends SettingKey>(key: K): Settings[K] {
    return this.all()[key];
  }

  /**
   * Sets one setting.
   * @throws DeltashelfError `usage` where there is no such setting or it does not take the value
   */
  set(key: string, value: unknown): void {
    if (!isKey(key)) throw unknownSetting(key);
    const parsed = settingsSchema.shape[key].safeParse(value);
    if (!parsed.success) throw refusedValue(key, parsed.error);
    this.#connection.writeDurably(() => this.#put.run(key, JSON.stringify(parsed.data)));
  }

  /** Gives a setting its default again. */
  reset(key: SettingKey): void {
    this.#connection.writeDurably(() => this.#clear.run(key));
  }
}

function isKey(key: string): key is SettingKey {
  return Object.hasOwn(defaultSettings, key);
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unknownSetting(key: string): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `There is no setting ${JSON.stringify(key)}. Nothing was changed; settings are ${Object.keys(defaultSettings).join(', ')}.`,
  );
}

function refusedValue(key: string, error: z.ZodError): DeltashelfError {
  const reason = error.issues[0]?.message ?? 'it is refused';
  return new DeltashelfError(
    'usage',
    `The setting ${key} does not take that value (${reason}); it stays as it was.`,
  );
}
