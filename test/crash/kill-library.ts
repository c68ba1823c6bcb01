// A small library for a process that is killed: a few hundred kB of weights in folders and files, all kin.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSteps, type Steps } from '../../src/main/library/steps/index.ts';
import { numbers, weights } from '../bench/pairs.ts';
import { buildSafetensors } from '../fixtures/safetensors-file.ts';
import { toolsWith } from '../library/deltas/tools.ts';

/** Fine-tunes below `models`, each of `base`. */
export const fineTunes = ['a', 'b', 'c', 'd'] as const;

/** What the process does, by the name that it tells before it begins. */
export const phases = [
  'open',
  'store',
  'verify',
  'reclaim',
  'purge',
  'reconstruct',
  'undo',
  'rebase',
  'forget',
  'move',
] as const;
export type Phase = (typeof phases)[number];

/** Writes `models/base`, fine-tunes as folders and as single files. */
export async function writeLibrary(folder: string): Promise<void> {
  const models = join(folder, 'models');
  await mkdir(models);
  await writeFolder(join(models, 'base'), 0);
  await writeFolder(join(models, 'a'), 1);
  await writeFolder(join(models, 'b'), 2);
  await writeFile(join(models, 'c'), weightsOf(3));
  await writeFile(join(models, 'd'), weightsOf(4));
}

/** Opens the vault in a folder, or where it was moved from there. */
export function openVault(vaultPath: string): Promise<Steps> {
  return openSteps({ ...toolsWith(), vaultPath });
}

async function writeFolder(folder: string, number: number): Promise<void> {
  await mkdir(join(folder, 'tokenizer'), { recursive: true });
  await writeFile(join(folder, 'model.safetensors'), weightsOf(number));
  await writeFile(join(folder, 'config.json'), JSON.stringify({ number }));
  await writeFile(join(folder, 'tokenizer/vocab.txt'), `${numbers(number)()}\n`.repeat(200));
}

/** About 60 kB of BF16: the base, and a step away from it. */
function weightsOf(number: number): Uint8Array {
  const shapes = { 'embed.weight': [96, 128], 'layer.weight': [128, 128], 'layer.bias': [128] };
  return buildSafetensors(
    Object.entries(shapes).map(([name, shape], place) => {
      const count = shape.reduce((product, size) => product * size, 1);
      const step = weights(count, number === 0 ? 0 : 0.0004, 100 * number + place + 10);
      const values = weights(count, 0.02, place + 1).map((value, at) => value + (step[at] ?? 0));
      const words = new Uint32Array(values.buffer);
      return {
        name,
        dtype: 'BF16' as const,
        shape,
        data: new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer),
      };
    }),
  );
}
