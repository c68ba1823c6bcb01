import { basename, join } from 'node:path';
import type { z } from 'zod';
import { DeltashelfError } from '../../../shared/index.ts';
import { checkPaths, isUsable, readFailure, type FileSystem } from '../disk/index.ts';
import { isContained } from '../quarantine/contained.ts';
import { quarantineEntrySchema, type QuarantineEntry } from '../quarantine/manifest.ts';
import { damaged, readJson } from './json-file.ts';
import { deltaEnding, sidecarEnding, vaultLayout } from './layout.ts';
import { anchorSchema, sidecarSchema, type Anchor, type Sidecar } from './sidecar.ts';

/** Something in the vault that cannot be used as it is. Nothing of it is changed or thrown away. */
export interface VaultProblem {
  /** Path inside the vault. */
  readonly file: string;
  readonly sentence: string;
}

/** Descriptions of one kind by id, and the names that their files have, without ending. */
export interface Shelf<T> {
  readonly values: Map<string, T>;
  readonly names: Map<string, string>;
}

/** Everything that a vault's folder says. */
export interface LoadedVault {
  readonly stored: Shelf<Sidecar>;
  readonly anchors: Shelf<Anchor>;
  readonly quarantine: Shelf<QuarantineEntry>;
  readonly problems: VaultProblem[];
}

/**
 * Reads all descriptions of a vault. One that is damaged becomes a problem and stops nothing.
 * @throws DeltashelfError `not-readable` where the disk does not give one
 */
export async function loadVault(fs: FileSystem, folder: string): Promise<LoadedVault> {
  const problems: VaultProblem[] = [];
  const read = <T extends { id: string }>(
    within: string,
    schema: z.ZodType<T>,
    check: (name: string, value: T) => string | undefined,
  ) => readAll(fs, folder, { within, schema, check }, problems);
  return {
    stored: await read('', sidecarSchema, sidecarFlaw),
    anchors: await read(vaultLayout.bases, anchorSchema, (_, { files }) => filesFlaw(files)),
    quarantine: await read(vaultLayout.quarantine, quarantineEntrySchema, (name, entry) =>
      quarantineFlaw(name, entry),
    ),
    problems,
  };
}

interface Reading<T> {
  readonly within: string;
  readonly schema: z.ZodType<T>;
  readonly check: (name: string, value: T) => string | undefined;
}

async function readAll<T extends { id: string }>(
  fs: FileSystem,
  folder: string,
  { within, schema, check }: Reading<T>,
  problems: VaultProblem[],
): Promise<Shelf<T>> {
  const found: Shelf<T> = { values: new Map(), names: new Map() };
  for (const file of await namesIn(fs, join(folder, within))) {
    if (!file.endsWith(sidecarEnding) || file.startsWith('.')) continue;
    if (within === '' && (file === vaultLayout.marker || file === vaultLayout.decisions)) continue;
    const path = join(folder, within, file);
    const name = basename(file, sidecarEnding);
    try {
      const value = await readJson(fs, path, schema);
      const flaw =
        check(name, value) ?? (found.values.has(value.id) ? 'has the id of another one' : undefined);
      if (flaw !== undefined) throw damaged(path, flaw);
      found.values.set(value.id, value);
      found.names.set(value.id, name);
    } catch (error) {
      // What cannot be read now may be whole; without it nobody knows what depends on what.
      if (!(error instanceof DeltashelfError) || error.code !== 'vault-damaged') throw error;
      problems.push({ file: join(within, file), sentence: error.message });
    }
  }
  return found;
}

/** @throws DeltashelfError `not-found`, `not-readable` */
export async function namesIn(fs: FileSystem, folder: string): Promise<string[]> {
  try {
    return (await fs.readdir(folder)).sort();
  } catch (error) {
    throw readFailure(error, folder);
  }
}

function quarantineFlaw(name: string, entry: QuarantineEntry): string | undefined {
  if (name !== entry.id) return 'does not have its own name';
  return isContained(entry) ? undefined : 'names places that are none of a quarantine';
}

function sidecarFlaw(name: string, { delta, files, kind }: Sidecar): string | undefined {
  if (delta.file !== `${name}${deltaEnding}`) return 'does not describe the delta file beside it';
  if (kind === 'file' && (files.length !== 1 || files[0]?.path.includes('/') === true))
    return 'does not name its one file';
  return filesFlaw(files);
}

/** Names that could lead out of a folder when the model is put back. */
function filesFlaw(files: readonly { readonly path: string }[]): string | undefined {
  const problem = checkPaths(
    files.map(({ path }) => path),
    [],
    'linux',
  ).find((each) => !isUsable(each));
  return problem && `names a file that must not be: ${problem.sentence}`;
}
