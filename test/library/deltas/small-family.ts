import { chmod, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { numbers, weights } from '../../bench/pairs.ts';
import { buildSafetensors, type SafetensorsTensor } from '../../fixtures/safetensors-file.ts';

const usualWidth = 16;
const steps = { 'a.position_ids': [16] } as const;

/**
 * The weights of generation `n`: each is the one before with small steps added. BF16, and integers.
 * @param width columns: some kB with the usual ones; 160 make 130 kB, enough that a delta is worth it
 */
export function generation(n: number, width = usualWidth): Uint8Array {
  const shapes = {
    'embed.weight': [1.5 * width, width],
    'layer.weight': [width, width],
    'layer.bias': [width],
  };
  const tensors: SafetensorsTensor[] = Object.entries(steps).map(([name, shape]) => ({
    name,
    dtype: 'I64',
    shape,
  }));
  for (const [place, [name, shape]] of Object.entries(shapes).entries()) {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = weights(count, 0.02, place + 1);
    for (let step = 1; step <= n; step += 1) {
      const moves = weights(count, 0.0004, 100 * step + place);
      for (const [at, move] of moves.entries()) values[at] = (values[at] ?? 0) + move;
    }
    tensors.push({ name, dtype: 'BF16', shape, data: upperHalves(values) });
  }
  return buildSafetensors(tensors, { metadata: [['format', 'pt']] });
}

function upperHalves(values: Float32Array<ArrayBuffer>): Uint8Array {
  const words = new Uint32Array(values.buffer);
  return new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer);
}

/** Bytes that are no model and do not compress. */
export function noise(count: number, seed: number): Uint8Array {
  const next = numbers(seed);
  return Uint8Array.from({ length: count }, () => next() * 256);
}

/** Writes a model as one file. */
export async function writeFileModel(path: string, n: number): Promise<string> {
  await writeFile(path, generation(n));
  return path;
}

/** Writes a model as a folder that has everything a folder can have: side files, links, empty folders, times. */
export async function writeFolderModel(folder: string, n: number, width = usualWidth): Promise<string> {
  await mkdir(join(folder, 'tokenizer'), { recursive: true });
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'model.safetensors'), generation(n, width));
  await writeFile(join(folder, 'config.json'), JSON.stringify({ generation: n }));
  await writeFile(join(folder, 'tokenizer/vocab.txt'), 'a\nb\nc\n');
  await symlink('model.safetensors', join(folder, 'latest.safetensors'));
  await chmod(join(folder, 'config.json'), 0o640);
  await chmod(join(folder, 'tokenizer'), 0o750);
  for (const [at, name] of [
    'model.safetensors',
    'config.json',
    'tokenizer/vocab.txt',
    'tokenizer',
    '.',
  ].entries()) {
    await utimes(join(folder, name), 0, 1_700_000_000.25 + at * 86_400);
  }
  return folder;
}
