/** Ending of delta files. */
export const deltaEnding = '.dshelf';
/** Ending of sidecars, and of what describes an anchored base or a quarantined original. */
export const sidecarEnding = '.json';

/** What lies in a vault beside delta files and their sidecars. */
export const vaultLayout = {
  /** Says that the folder is a vault, and which. */
  marker: 'deltashelf-vault.json',
  /** Locked while a process writes. */
  lock: 'vault.lock',
  /** The trusted clock. */
  clock: 'vault.clock',
  /** Bases that are held: `<name>.json` with a folder or a delta file of that name. */
  bases: 'bases',
  /** What was moved to quarantine: one description for each, under its id. The files lie on their own volumes. */
  quarantine: 'quarantine',
  journal: 'journal',
  /** What a person said of the parents of models. */
  decisions: 'decisions.json',
} as const;

/** Names that no model gets in a vault, without ending. */
export const reservedNames: readonly string[] = [
  'deltashelf-vault',
  'decisions',
  'bases',
  'quarantine',
  'journal',
  'vault',
];
