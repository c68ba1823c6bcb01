import type { Warning } from '../../../shared/index.ts';
import type { Level } from '../../engine/delta/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { TakenStep } from '../journal/index.ts';
import type { QuarantineEntry } from '../quarantine/manifest.ts';
import type { FileRole } from '../scan/found-model.ts';
import type { Sidecar } from '../vault/sidecar.ts';
import type { VaultProblem } from '../vault/index.ts';
import type { LinkedBase } from './linked-bases.ts';
import type { VaultState } from '../vault/vault-state.ts';

/** A model to be stored. */
export interface StoreRequest {
  readonly name: string;
  /** Folder or file. */
  readonly path: string;
  /** Folders, files, or ids of stored models, in order of preference; none: stored alone. */
  readonly parents: readonly ParentPlace[];
  readonly level: Level;
  readonly lineage: Sidecar['lineage'];
  /** Role of each file by relative path; what is not named is `side`. */
  readonly roles: ReadonlyMap<string, FileRole>;
  /** Folders inside it, relative, that are no part of it: `leftOut` of the model that was found. */
  readonly leaveOut?: readonly string[];
  /** Makes the delta again where the vault holds one of the same path and content. */
  readonly again?: boolean;
}

/** Where a parent is. */
export type ParentPlace =
  | { readonly kind: 'path'; readonly path: string; readonly name: string }
  | { readonly kind: 'stored'; readonly id: string };

/** What would be moved, and why that is safe; or why it is refused. */
export interface ReclaimPlan {
  readonly models: readonly ReclaimModel[];
  /** Bytes of the files that would move. */
  readonly bytes: number;
}

export interface ReclaimModel {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  /** Absolute paths with sizes. Empty where it is refused. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
  /** Files of the model's folder that stay. */
  readonly stay: readonly string[];
  /** Set where nothing of this model may move: what stands against it, what to do. */
  readonly refused: string | null;
  readonly bytes: number;
}

/** What is to be reclaimed. */
export interface ReclaimRequest {
  /** Ids of stored models. */
  readonly ids: readonly string[];
  /** Moves side files as well. */
  readonly sideFiles: boolean;
  /** Watched folders: quarantine must lie outside them. */
  readonly watched: readonly string[];
  /** The person's word that the exact original of a lossy one may go. Default: it may not. */
  readonly lossy?: boolean;
}

export interface ReconstructRequest {
  readonly id: string;
  /** Folder to write into; absent: where the original lay. */
  readonly to?: string;
}

/** What a check of one stored model or anchor found. */
export interface CheckFinding {
  readonly id: string;
  readonly name: string;
  readonly ok: boolean;
  /** What is wrong: the file, the tensor; null where all is well. */
  readonly sentence: string | null;
  /** Ids of stored models that cannot be reconstructed because of it. */
  readonly affected: readonly string[];
  /** Paths of copies that could repair it: an original on disk, a quarantined one, a second vault. */
  readonly repairableFrom: readonly string[];
}

export type { TakenStep } from '../journal/index.ts';

/** What recovery did with a step that a crash or power cut had interrupted. */
export interface Recovered {
  readonly step: string;
  readonly name: string;
  /** `left`: it could not be put right now, and is as it was. */
  readonly outcome: 'finished' | 'rolled-back' | 'left';
  readonly sentence: string;
}

/**
 * Everything that writes to a person's disk, with the vault as its only memory. One writer: opening it takes the
 * vault's lock. Each step can be killed at any instant; `open` finishes it or rolls it back, from the journal alone.
 */
export interface Steps {
  readonly state: VaultState;
  /** Folder of the vault; another one after `move`, or where opening followed it to where it was moved. */
  readonly vaultPath: string;
  /** Files of the vault that could not be used as they are. */
  readonly problems: readonly VaultProblem[];
  /** What opening found half done, and did with it. */
  readonly recovered: readonly Recovered[];
  /** Encodes, publishes delta and sidecar. The original is only read. Not verified yet. */
  store(request: StoreRequest, control: JobControl): Promise<{ stored: Sidecar; warnings: Warning[] }>;
  /** Decodes the published delta against the parents as they are on disk and compares every file with its SHA-256. */
  verify(id: string, control: JobControl): Promise<Sidecar>;
  /** Looks, changes nothing. */
  planReclaim(request: ReclaimRequest): Promise<ReclaimPlan>;
  /** Bases of stored models that a hard link alone holds, or could hold. Leaves nothing changed. */
  linkedBases(ids: readonly string[]): Promise<readonly LinkedBase[]>;
  /** Moves originals into quarantine, one model after the other. Anchors bases first. */
  reclaim(request: ReclaimRequest, control: JobControl): Promise<QuarantineEntry[]>;
  /** Deletes quarantined originals for good, after comparing each with its decoded delta. */
  purge(entries: readonly string[], options: { now: boolean }, control: JobControl): Promise<PurgeOutcome[]>;
  reconstruct(
    request: ReconstructRequest,
    control: JobControl,
  ): Promise<{ output: string; warnings: Warning[] }>;
  /** Takes back the step of that id, or the last one that can be. */
  undo(step: string | undefined, control: JobControl): Promise<TakenStep>;
  /** Moves a model that is not stored into quarantine; refused while others depend on it. */
  remove(
    model: { name: string; path: string; files: readonly string[] },
    watched: readonly string[],
    control: JobControl,
  ): Promise<QuarantineEntry>;
  /** Stores a model against other parents, verifies, then replaces its delta. */
  rebase(id: string, parents: readonly ParentPlace[], control: JobControl): Promise<Sidecar>;
  check(ids: readonly string[], control: JobControl): Promise<CheckFinding[]>;
  /** Makes a damaged delta again from an original, or takes it from a second copy of the vault. */
  repair(id: string, from: string | undefined, control: JobControl): Promise<Sidecar>;
  /** Removes a delta whose model is whole on disk and that nothing depends on. */
  forget(id: string, control: JobControl): Promise<void>;
  /** Copies the vault to another place, verifies the copy, then switches. */
  move(target: string, control: JobControl): Promise<void>;
  /** Ids of what has been in quarantine for the minimum age, on a clock that does not run backwards or believe a leap. */
  ripe(): Promise<ReadonlySet<string>>;
  /** What a person decided about lineage, as the vault keeps it; undefined where there is nothing. Not checked. */
  readDecisions(): Promise<unknown>;
  writeDecisions(document: unknown): Promise<void>;
  /** Steps that were taken, newest first. */
  activity(): Promise<TakenStep[]>;
  /** Notes where the original of a stored model lies now. Only says where to look: its hashes decide. */
  relocate(id: string, path: string): Promise<void>;
  /** Waits for the step under way, then frees the vault. Never fails. */
  close(): Promise<void>;
}

/** What became of one quarantine entry. */
export interface PurgeOutcome {
  readonly entry: string;
  readonly name: string;
  readonly bytes: number;
  readonly purged: boolean;
  /** What the volume gained meanwhile, measured; other programs write too. Null where nothing was purged. */
  readonly gained: number | null;
  /** Why it stays. */
  readonly sentence: string | null;
}
