import { DeltashelfError } from '../../../shared/index.ts';
import { shownPath, type Steps, type VaultState } from '../../library/index.ts';

/** What is known of a vault that is away. */
const noVault: VaultState = { stored: new Map(), anchors: new Map(), quarantine: new Map() };

/** What a person is told of a vault that is away. */
export function vaultAway(vaultPath: string, cause: unknown): DeltashelfError {
  return new DeltashelfError(
    'not-found',
    `The vault at ${shownPath(vaultPath)} is not there. Nothing was done. Connect the disk it is on, and try again.`,
    { file: vaultPath },
    cause,
  );
}

/**
 * Stands for the vault while it is away, on a disk that is not connected for instance: nothing can be stored, moved or
 * deleted, and the library can still be looked at.
 */
export function awaySteps(vaultPath: string, away: DeltashelfError): Steps {
  const refuse = (): Promise<never> => Promise.reject(away);
  return {
    vaultPath,
    state: noVault,
    problems: [],
    recovered: [],
    store: refuse,
    verify: refuse,
    planReclaim: refuse,
    linkedBases: () => Promise.resolve([]),
    reclaim: refuse,
    purge: refuse,
    reconstruct: refuse,
    undo: refuse,
    remove: refuse,
    rebase: refuse,
    check: refuse,
    repair: refuse,
    forget: refuse,
    move: refuse,
    ripe: () => Promise.resolve(new Set()),
    readDecisions: () => Promise.resolve(undefined),
    writeDecisions: refuse,
    relocate: refuse,
    activity: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}
