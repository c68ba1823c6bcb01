import type { FileSystem } from '../disk/index.ts';
import type { VaultState } from '../vault/vault-state.ts';
import { backUp } from './backup.ts';
import type { Catalogue } from './catalogue.ts';
import { exportDecisions, importDecisions, type DecisionsDocument } from './decisions-document.ts';

/** What a catalogue is made again from. */
export interface RebuildSources {
  readonly vault: VaultState;
  /** What the vault keeps of a person's word; null: nothing. */
  readonly decisions: DecisionsDocument | null;
  /** Scans all watched folders into the catalogue. */
  readonly rescan: () => Promise<void>;
}

/** What became of a rebuild. */
export interface RebuildReport {
  /** Copy of the catalogue as it was. */
  readonly backup: string;
  /** Decisions about models that are not here. */
  readonly leftDecisions: DecisionsDocument['decisions'];
}

/**
 * Makes a catalogue again from folders and vault: all that was seen or inferred is dropped, after a backup. Watched
 * folders, volumes, settings, jobs and activity stay, as nothing else knows them; a person's word comes back from the
 * vault and from the catalogue itself. Broken off, it leaves a sound catalogue that a scan fills again.
 * @throws DeltashelfError where the backup cannot be written: then nothing was changed; and what `rescan` throws
 */
export async function rebuildCatalogue(
  fs: FileSystem,
  home: string,
  catalogue: Catalogue,
  sources: RebuildSources,
): Promise<RebuildReport> {
  const backup = await catalogue.backUp((connection, version, now) =>
    backUp(fs, home, connection, version, now),
  );
  const own = exportDecisions(catalogue);
  catalogue.forgetSeen();
  await sources.rescan();
  catalogue.vault.sync(sources.vault);
  importDecisions(catalogue, own);
  const left = sources.decisions === null ? [] : importDecisions(catalogue, sources.decisions);
  return { backup, leftDecisions: left };
}
