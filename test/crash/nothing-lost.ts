import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { openFile, type FileSystem } from '../../src/main/library/index.ts';
import type { Steps } from '../../src/main/library/steps/index.ts';

/** Files of models by absolute path, with the SHA-256 that each must come back with. */
export type Originals = ReadonlyMap<string, string>;

export async function hashOf(fs: FileSystem, path: string): Promise<string | undefined> {
  try {
    const file = await openFile(fs, path, { followLinks: false });
    const bytes = new Uint8Array(file.size);
    await file.read(0, bytes);
    await file.close();
    return createHash('sha256').update(bytes).digest('hex');
  } catch {
    return undefined;
  }
}

/** Every regular file below a folder. */
export async function filesBelow(fs: FileSystem, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const name of (await fs.readdir(folder)).sort()) {
    const path = join(folder, name);
    const { kind } = await fs.lstat(path);
    if (kind === 'folder') files.push(...(await filesBelow(fs, path)));
    else if (kind === 'file') files.push(path);
  }
  return files;
}

export async function originalsIn(fs: FileSystem, folder: string): Promise<Map<string, string>> {
  const files = await filesBelow(fs, folder);
  return new Map(
    await Promise.all(files.map(async (path) => [path, (await hashOf(fs, path)) ?? ''] as const)),
  );
}

/** What became of each file: where its bytes are. */
export interface Whereabouts {
  onDisk: number;
  inQuarantine: number;
  onlyStored: number;
}

/**
 * Every byte of every model is where it lay, or in quarantine, or comes back identical from the vault alone.
 * @param out a folder that does not exist; what is only stored is reconstructed into it
 */
export async function expectNothingLost(
  fs: FileSystem,
  steps: Steps,
  originals: Originals,
  out: string,
): Promise<Whereabouts> {
  const found: Whereabouts = { onDisk: 0, inQuarantine: 0, onlyStored: 0 };
  const quarantined = new Map(
    [...steps.state.quarantine.values()].flatMap(({ files }) =>
      files.map(({ from, to }) => [from, to] as const),
    ),
  );
  const rebuilt = new Map<string, string>();
  for (const [path, sha256] of originals) {
    const here = await hashOf(fs, path);
    // Nothing else ever gets the name of an original.
    if (here !== undefined) expect(`${path} ${here}`).toBe(`${path} ${sha256}`);
    const aside = quarantined.get(path);
    if (here === sha256) found.onDisk += 1;
    else if (aside !== undefined && (await hashOf(fs, aside)) === sha256) found.inQuarantine += 1;
    else {
      const stored = [...steps.state.stored.values()].find((each) =>
        each.kind === 'file' ? each.path === path : path.startsWith(`${each.path}/`),
      );
      const folder =
        stored === undefined
          ? undefined
          : (rebuilt.get(stored.id) ?? (await rebuild(steps, stored.id, join(out, stored.id))));
      if (stored === undefined || folder === undefined) throw new Error(`${path} is lost.`);
      rebuilt.set(stored.id, folder);
      const file = stored.kind === 'file' ? folder : join(folder, path.slice(stored.path.length + 1));
      expect(`${path} ${(await hashOf(fs, file)) ?? 'lost'}`).toBe(`${path} ${sha256}`);
      found.onlyStored += 1;
    }
  }
  return found;
}

async function rebuild(steps: Steps, id: string, to: string): Promise<string> {
  const { output } = await steps.reconstruct({ id, to }, {});
  return output;
}

const noteEnding = '.deltashelf.txt';

/** Whether a model is where it lay: its note must then be gone. That of a purged one stays, and says where it went. */
function isWhole(named: string, originals: Originals, files: readonly string[]): boolean {
  const own = originals.has(named)
    ? [named]
    : [...originals.keys()].filter((path) => isIn(path, dirname(named)));
  return own.every((path) => files.includes(path));
}

function isIn(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

/**
 * No temporary name, no file in quarantine without its description, no description without its files, no delta without
 * its sidecar, no step half done.
 * @param root the folder that holds models, vault and quarantine; and `out`, which is not looked at
 * @param notes `any`: one that could not be read may stay where it is, though its model is back
 */
export async function expectNoOrphans(
  fs: FileSystem,
  steps: Steps,
  root: string,
  originals: Originals,
  notes: 'gone' | 'any' = 'gone',
): Promise<void> {
  const { vaultPath, state } = steps;
  const known = new Set(originals.keys());
  for (const { note, folder, files } of state.quarantine.values()) {
    for (const path of [
      ...(note === null ? [] : [note]),
      join(folder, 'manifest.json'),
      ...files.map(({ to }) => to),
    ])
      known.add(path);
    for (const { to } of files) expect(await hashOf(fs, to)).toBeDefined();
  }
  for (const { delta } of state.stored.values()) {
    known.add(join(vaultPath, delta.file));
    known.add(join(vaultPath, delta.file.replace(/\.dshelf$/u, '.json')));
  }
  for (const id of state.quarantine.keys()) known.add(join(vaultPath, 'quarantine', `${id}.json`));
  const bases = join(vaultPath, 'bases');
  for (const { id, name, how, files } of state.anchors.values()) {
    known.add(join(bases, `${name}.json`));
    if (how === 'stored') known.add(join(bases, `${name}.dshelf`));
    else {
      for (const { path, sha256 } of files) {
        known.add(join(bases, name, path));
        expect(`${id} ${(await hashOf(fs, join(bases, name, path))) ?? 'lost'}`).toBe(`${id} ${sha256}`);
      }
    }
  }
  const files = await filesBelow(fs, root);
  const stray = files.filter((path) => {
    if (known.has(path)) return false;
    if (path.startsWith(join(vaultPath, 'journal/done/')) || path.startsWith(join(root, 'out/')))
      return false;
    if (path.endsWith(noteEnding))
      return notes === 'gone' && isWhole(path.slice(0, -noteEnding.length), originals, files);
    // A vault that was moved leaves word of where it went.
    return !/\/(deltashelf-vault\.json|vault\.(lock|lock-journal|clock))$/u.test(path);
  });
  expect(stray).toEqual([]);
}
