import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { DeltashelfError } from '../../../shared/index.ts';
import { shownPath } from '../../library/index.ts';
import { family } from '../demo/family.ts';

/** A pair of a library: names as tables and peer files have them, and where the files are. */
export interface LibraryPair {
  readonly child: string;
  readonly parent: string;
  readonly childPath: string;
  readonly parentPath: string;
}

/** The children of the sample library that have a parent, and the merge against its other one too. */
export function samplePairs(library: string): LibraryPair[] {
  const pairs = [...family, { child: 'sprout-blend', parent: 'sprout-bible' }];
  return pairs.flatMap(({ child, parent }) =>
    parent === null
      ? []
      : [{ child, parent, childPath: weightsIn(library, child), parentPath: weightsIn(library, parent) }],
  );
}

const trainedPairs = z.array(z.object({ child: z.string(), parent: z.string() }));
const realPairs = z.array(z.object({ name: z.string() }));

/** The pairs of a bench library: model folders, and a list of who is whose parent. */
export async function trainedLibraryPairs(library: string, list: string): Promise<LibraryPair[]> {
  const pairs = await readList(list, trainedPairs);
  return pairs.map(({ child, parent }) => ({
    child,
    parent,
    childPath: weightsIn(library, child),
    parentPath: weightsIn(library, parent),
  }));
}

/** The pairs of a folder of pairs: each a folder with a child and a parent in it. */
export async function realLibraryPairs(folder: string): Promise<LibraryPair[]> {
  const pairs = await readList(join(folder, 'pairs.json'), realPairs);
  return pairs.map(({ name }) => {
    const [child, parent] = ['child', 'parent'].map((file) => join(folder, name, `${file}.safetensors`));
    if (child === undefined || parent === undefined) throw new Error('there are two names');
    const named = (path: string): string => `real/${basename(dirname(path))}/${basename(path)}`;
    return { child: named(child), parent: named(parent), childPath: child, parentPath: parent };
  });
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
