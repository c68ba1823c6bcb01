import type { QuarantineEntry } from '../quarantine/manifest.ts';
import type { Anchor, Sidecar } from './sidecar.ts';

/**
 * All that the vault holds, as its files say. Where the catalogue disagrees, this wins. Read once when the vault is
 * opened, then kept up to date by the steps, which are the only writers (the vault's lock sees to that).
 */
export interface VaultState {
  /** By id. */
  readonly stored: ReadonlyMap<string, Sidecar>;
  readonly anchors: ReadonlyMap<string, Anchor>;
  readonly quarantine: ReadonlyMap<string, QuarantineEntry>;
}
