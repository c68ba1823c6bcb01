import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import type { LibraryModel } from '../../bench/index.ts';
import { shownPath } from '../../library/index.ts';

const weights = /\.(safetensors|bin|pt|pth|ckpt|gguf)$/;
/** What the folders of a bench library of pairs hold: two models each. */
const pair = ['parent.safetensors', 'child.safetensors'];

/**
 * The models of a folder of models: each of its folders that holds weights; of a folder with a child and a parent both.
 * @throws DeltashelfError `not-found` when there is none
 */
export async function libraryModels(folder: string): Promise<LibraryModel[]> {
  const models: LibraryModel[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const { name } of entries
    .filter((entry) => entry.isDirectory())
    .sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const files = await readdir(join(folder, name));
    if (pair.every((file) => files.includes(file))) {
      models.push(...pair.map((file) => ({ name: `${name}/${file}`, path: join(folder, name, file) })));
    } else if (files.some((file) => weights.test(file))) {
      models.push({ name, path: join(folder, name) });
    }
  }
  if (models.length > 0) return models;
  throw new DeltashelfError(
    'not-found',
    `No folder in ${shownPath(folder)} holds weights. Nothing was measured; give a folder with a folder for each model.`,
    { file: folder },
  );
}
