import type { Tools } from '../deltas/index.ts';
import type { Journal } from '../journal/index.ts';
import type { TrustedClock } from '../quarantine/index.ts';
import type { StoredParent, Vault } from '../vault/index.ts';

/** What a person chose about steps. */
export interface StepSettings {
  /** Days that originals wait in quarantine before a purge that is not asked for at once. Default 14. */
  readonly minimumAgeDays?: number;
  /** Whether a base that can be neither cloned nor linked into the vault may be stored there as a delta without parent. */
  readonly copyBases: boolean;
  /** How a base is held that cannot be cloned: by a hard link, or stored as a copy whatever `copyBases` says. Default link. */
  readonly anchors?: 'link' | 'copy';
  /** Folders with copies of the vault, where a damaged delta may be taken from. */
  readonly otherVaults: readonly string[];
}

/** What every step works with. */
export interface StepContext {
  readonly tools: Tools;
  readonly vault: Vault;
  readonly journal: Journal;
  readonly clock: () => Date;
  /** For ages: what the quarantine has waited. */
  readonly trusted: TrustedClock;
  /** Further places where a base may lie now, best first; only its content decides. */
  readonly hints: (parent: StoredParent) => Promise<readonly string[]>;
  readonly settings: StepSettings;
}
