import { access, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { DeltashelfError, type BenchGroup } from '../../../shared/index.ts';
import { shownPath } from '../../library/index.ts';
import { family } from './family.ts';

/** A pair of a library: names as tables and peer files have them, and where the files are. */
export interface LibraryPair {
  readonly group: BenchGroup;
  readonly child: string;
  readonly parent: string;
  readonly childPath: string;
  readonly parentPath: string;
}

/** The children of the sample library that have a parent, and the merge against its other one too. */
export function samplePairs(library: string): LibraryPair[] {
  const pairs = [...family, { child: 'sprout-blend', parent: 'sprout-bible' }];
  return pairs.flatMap(({ child, parent }) =>
    parent === null ? [] : [modelPair('sample', library, child, parent)],
  );
}

const share = z.number().optional();
const trainedPairs = z.array(z.object({ child: z.string(), parent: z.string(), unchanged_share: share }));
const realPairs = z.array(
  z.object({ name: z.string(), equal_share: share, related: z.boolean().optional() }),
);

/** Share of equal values from which a pair is the same model in another form. */
const sameModel = 0.999;

/** The pairs of a bench library: model folders, and a list of who is whose parent. */
export async function trainedLibraryPairs(library: string, list: string): Promise<LibraryPair[]> {
  const pairs = await readList(list, trainedPairs);
  return pairs.map(({ child, parent, unchanged_share: unchanged = 0 }) =>
    modelPair(unchanged > sameModel ? 'control' : 'library', library, child, parent),
  );
}

/**
 * The pairs of a folder of models without a list: whoever names another model of the folder in its card.
 * @throws DeltashelfError `not-found` when there is no such pair
 */
export async function cardPairs(library: string): Promise<LibraryPair[]> {
  const folders = (await readdir(library, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const pairs: LibraryPair[] = [];
  for (const { name } of folders.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const card = await readFile(join(library, name, 'README.md'), 'utf8').catch(() => '');
    const [front = ''] = /^---\n[\s\S]*?\n---/.exec(card) ?? [];
    const parent = /^base_model: *([\w.-]+) *$/m.exec(front)?.[1];
    if (parent === undefined || !folders.some((folder) => folder.name === parent)) continue;
    const group = /^base_model_relation: *finetune *$/m.test(front) ? 'library' : 'control';
    pairs.push(modelPair(group, library, name, parent));
  }
  if (pairs.length > 0) return pairs;
  throw new DeltashelfError(
    'not-found',
    `No model card in ${shownPath(library)} names another model there as its base. Nothing was measured; give a ` +
      'list of pairs with --pairs.',
    { file: library },
  );
}

/** Whether a file is there to be read. */
export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The pairs of a folder of pairs: each a folder with a child and a parent in it. */
export async function realLibraryPairs(folder: string): Promise<LibraryPair[]> {
  const pairs = await readList(join(folder, 'pairs.json'), realPairs);
  return pairs.map(({ name, equal_share: equal = 0, related = true }) => {
    const group = related && equal < sameModel ? 'real' : 'control';
    const [child, parent] = ['child', 'parent'].map((file) => join(folder, name, `${file}.safetensors`));
    if (child === undefined || parent === undefined) throw new Error('there are two names');
    const named = (path: string): string => `real/${basename(dirname(path))}/${basename(path)}`;
    return { group, child: named(child), parent: named(parent), childPath: child, parentPath: parent };
  });
}

function modelPair(group: BenchGroup, library: string, child: string, parent: string): LibraryPair {
  const [childPath, parentPath] = [weightsIn(library, child), weightsIn(library, parent)];
  return { group, child, parent, childPath, parentPath };
}

function weightsIn(library: string, model: string): string {
  return join(library, model, 'model.safetensors');
}

async function readList<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new DeltashelfError(
      'not-found',
      `The list of pairs ${shownPath(path)} was not found. Nothing was measured; give its place with --pairs.`,
      { file: path },
      error,
    );
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new DeltashelfError(
      'not-readable',
      `${shownPath(path)} is no list of pairs. Nothing was measured; give the pairs.json of a bench library.`,
      { file: path },
      error,
    );
  }
}
