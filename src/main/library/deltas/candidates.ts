import { basename, dirname, join, resolve } from 'node:path';
import type { DeltaParent } from '../../engine/delta/index.ts';
import { openModel, type FileSystem } from '../disk/index.ts';

/** Names in a folder that are looked at when a base is searched beside something. */
const mostNeighbours = 4096;
/** Names in a neighbouring folder: one that holds more is no single model. */
const mostNames = 1000;

/** Ending of delta files; only a search goes by it. */
const deltaEnding = '.dshelf';

/** Paths in the folders of `places`, each once, in order of name. Folders that cannot be read have none. */
export async function neighboursOf(fs: FileSystem, places: readonly string[]): Promise<string[]> {
  const folders = new Set(places.map((place) => dirname(resolve(place))));
  const found: string[] = [];
  for (const folder of folders) {
    const names = await fs.readdir(folder).catch(() => []);
    const sorted = names.sort().slice(0, mostNeighbours);
    found.push(...sorted.map((name) => join(folder, name)));
  }
  return found;
}

/** The same paths, those first that have the name that the parent had: mostly one of them is it. */
export function likelyFirst({ name }: DeltaParent, paths: Iterable<string>): string[] {
  const names = new Set([name, `${name}${deltaEnding}`]);
  const { likely = [], other = [] } = Object.groupBy(paths, (path) =>
    names.has(basename(path)) ? 'likely' : 'other',
  );
  return [...likely, ...other];
}

/**
 * Whether a path may hold a parent, by what costs nothing to know: a delta file may hold anything, a model's file
 * or folder must have files of all the right sizes. One of the parent's name may have been saved again, with other
 * headers or in other shards: it must only be large enough. What cannot be read does not.
 */
export async function mayHold(fs: FileSystem, path: string, parent: DeltaParent): Promise<boolean> {
  try {
    const status = await fs.stat(path);
    if (status.kind === 'file' && path.endsWith(deltaEnding)) return true;
    const sizes = status.kind === 'folder' ? await sizesIn(fs, path) : [status.size];
    if (basename(path) === parent.name) return sum(sizes) >= sum(parent.segments.map(({ length }) => length));
    const known = new Set(sizes);
    return parent.files.every(({ size }) => known.has(size));
  } catch {
    return false;
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

async function sizesIn(fs: FileSystem, folder: string): Promise<number[]> {
  const model = await openModel(fs, folder, { names: mostNames });
  return model.files.map(({ bytes }) => bytes.size);
}
