import { basename, join } from 'node:path';
import { z } from 'zod';
import { DeltashelfError } from '../../../shared/index.ts';
import { isThere, readFailure, shownPath, syncFolder, writeFailure, type FileSystem } from '../disk/index.ts';
import { deltaEnding, readJson, sidecarEnding, type Vault } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import { describeStored } from './describe-stored.ts';
import type { Recovered } from './steps.ts';

/** What of a damaged sidecar is worth keeping, where it can be read at all. */
const remainsSchema = z.object({
  id: z.uuid().optional().catch(undefined),
  name: z.string().max(4096).optional().catch(undefined),
  path: z.string().max(4096).optional().catch(undefined),
});
type Remains = z.infer<typeof remainsSchema>;

/**
 * Makes sidecars anew for deltas that have none, or a damaged one, from the delta's own index. A damaged sidecar is
 * kept under another name. What is no delta is left alone.
 */
export async function adoptDeltas(context: StepContext): Promise<Recovered[]> {
  const { vault, tools } = context;
  const adopted: Recovered[] = [];
  const known = new Set([...vault.stored.values()].map(({ delta }) => delta.file));
  for (const file of await namesIn(tools.fs, vault)) {
    if (!file.endsWith(deltaEnding) || file.startsWith('.') || known.has(file)) continue;
    const recovered = await adopt(context, file);
    if (recovered) adopted.push(recovered);
  }
  return adopted;
}

async function adopt(context: StepContext, file: string): Promise<Recovered | undefined> {
  const { vault, tools } = context;
  const name = basename(file, deltaEnding);
  const sidecar = join(vault.path, `${name}${sidecarEnding}`);
  const remains = await remainsOf(tools.fs, sidecar);
  const id = remains?.id !== undefined && !vault.stored.has(remains.id) ? remains.id : crypto.randomUUID();
  const described = {
    id,
    name: remains?.name ?? name,
    path: remains?.path ?? name,
    file,
    lineage: [],
    weights: null,
    parents: [],
  };
  try {
    const stored = await describeStored(context, described, join(vault.path, file), {});
    // The place is not known; a relative one is no place.
    const placed = { ...stored, path: remains?.path ?? '' };
    if (remains) await setAside(tools.fs, vault, sidecar);
    await vault.putStored(placed);
  } catch (error) {
    if (error instanceof DeltashelfError && error.code.startsWith('delta-')) return undefined;
    throw error;
  }
  const sentence = `${shownPath(file)} had no sidecar that could be used; it has a new one, made from the delta itself. Verify it.`;
  return { step: 'sidecar', name: described.name, outcome: 'finished', sentence };
}

/** Undefined where there is no sidecar at all. */
async function remainsOf(fs: FileSystem, path: string): Promise<Remains | undefined> {
  if (!(await isThere(fs, path))) return undefined;
  try {
    return await readJson(fs, path, remainsSchema);
  } catch (error) {
    if (error instanceof DeltashelfError && error.code === 'vault-damaged') return {};
    throw error;
  }
}

async function setAside(fs: FileSystem, vault: Vault, path: string): Promise<void> {
  for (let count = 1; ; count += 1) {
    const aside = `${path}.damaged${count === 1 ? '' : `-${count}`}`;
    if (await isThere(fs, aside)) continue;
    try {
      await fs.rename(path, aside);
      await syncFolder(fs, vault.path);
      return;
    } catch (error) {
      throw writeFailure(error, aside);
    }
  }
}

async function namesIn(fs: FileSystem, { path }: Vault): Promise<string[]> {
  try {
    return (await fs.readdir(path)).sort();
  } catch (error) {
    throw readFailure(error, path);
  }
}
