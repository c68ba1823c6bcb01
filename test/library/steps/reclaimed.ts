import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReclaimRequest, Steps } from '../../../src/main/library/steps/index.ts';
import type { Sidecar } from '../../../src/main/library/vault/index.ts';
import { writeFolderModel } from '../deltas/small-family.ts';
import { storeVerified } from './library.ts';

/** A watched folder with a base and fine-tunes of it, each a folder; every one but the base is stored and verified. */
export async function storeFamily(
  steps: Steps,
  folder: string,
  names: readonly string[] = ['child'],
): Promise<Sidecar[]> {
  const models = join(folder, 'models');
  await writeFamily(folder, names);
  const stored: Sidecar[] = [];
  for (const name of names) stored.push(await storeVerified(steps, join(models, name), join(models, 'base')));
  return stored;
}

/** Writes `models/base` and, one generation further each, models beside it. */
export async function writeFamily(
  folder: string,
  names: readonly string[] = ['child'],
  width?: number,
): Promise<void> {
  await mkdir(join(folder, 'models'));
  await writeFolderModel(join(folder, 'models/base'), 0, width);
  for (const [n, name] of names.entries()) await writeFolderModel(join(folder, 'models', name), n + 1, width);
}

/** The wish to reclaim models of such a folder. */
export function wish(
  folder: string,
  ids: readonly string[],
  more: Partial<ReclaimRequest> = {},
): ReclaimRequest {
  return { ids, sideFiles: false, watched: [join(folder, 'models')], ...more };
}
