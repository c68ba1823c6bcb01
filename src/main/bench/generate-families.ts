import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Families of small models that really are relatives: what lineage has to work for. */
export interface GeneratedFamilies {
  readonly models: number;
  /** Models of one family, its base included; all families have the same shapes. */
  readonly familySize: number;
}

/** Models that are written at a time. */
const together = 16;
const tensors = 8;
const rows = 32;
const columns = 64;
const elements = tensors * rows * columns;
const deviation = 0.02;
/** Part of a weight by which a fine-tune is away from what it was made of. */
const step = 0.01;
/** Every so many fine-tunes one is made of the one before it, not of the base. */
const chained = 5;

/**
 * Writes families of BF16 models with 16,384 weights each: a base of normal numbers, fine-tunes of it, and fine-tunes
 * of those. The same numbers give the same library.
 */
export async function generateFamilies(
  folder: string,
  { models, familySize }: GeneratedFamilies,
  signal: AbortSignal,
): Promise<void> {
  const header = headerOf();
  for (let first = 0; first < models; first += familySize) {
    const family = Math.floor(first / familySize);
    const random = new Random(family + 1);
    const base = Float32Array.from({ length: elements }, () => deviation * random.normal());
    let before = base;
    const writes: Promise<void>[] = [];
    for (let number = first; number < Math.min(models, first + familySize); number += 1) {
      signal.throwIfAborted();
      const values = number === first ? base : fineTune(number % chained === 0 ? before : base, random);
      before = values;
      writes.push(writeModel(join(folder, `family-${family}`, nameOf(number)), header, values));
      if (writes.length === together) await Promise.all(writes.splice(0));
    }
    await Promise.all(writes);
  }
}

function nameOf(number: number): string {
  return `model-${String(number).padStart(6, '0')}`;
}

function fineTune(parent: Float32Array, random: Random): Float32Array<ArrayBuffer> {
  return parent.map((value) => value + step * deviation * random.normal());
}

async function writeModel(place: string, header: Uint8Array, values: Float32Array): Promise<void> {
  await mkdir(place, { recursive: true });
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = Uint16Array.from(bits, (bit) => (bit + 0x7fff + ((bit >>> 16) & 1)) >>> 16);
  await writeFile(join(place, 'model.safetensors'), [header, new Uint8Array(halves.buffer)], { flag: 'wx' });
}

function headerOf(): Uint8Array {
  const entries: Record<string, unknown> = {};
  const bytes = rows * columns * 2;
  for (let at = 0; at < tensors; at += 1) {
    const offsets = [at * bytes, (at + 1) * bytes];
    entries[`model.layers.${at}.weight`] = { dtype: 'BF16', shape: [rows, columns], data_offsets: offsets };
  }
  const json = JSON.stringify(entries);
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}

/** Numbers spread about as normal ones are, the same for the same seed. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e37_79b9) | 1;
  }

  /** Sum of uniform numbers, mean 0, deviation 1. */
  normal(): number {
    return (this.#uniform() + this.#uniform() + this.#uniform() + this.#uniform() - 2) * Math.sqrt(3);
  }

  #uniform(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) / 2 ** 32;
  }
}
