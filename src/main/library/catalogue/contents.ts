import { createHash } from 'node:crypto';
import { sketchVersion } from '../../lineage/index.ts';
import type { Hashes } from './tables/hashes.ts';
import type { Models } from './tables/models.ts';

/** Names of contents, whatever their path. */
export class Contents {
  readonly #models: Models;
  readonly #hashes: Hashes;

  constructor(models: Models, hashes: Hashes) {
    this.#models = models;
    this.#hashes = hashes;
  }

  /** SHA-256 of each weights file of a model, in hex, sorted; null where one was not read since it changed. */
  weightHashes(id: number): string[] | null {
    const model = this.#models.get(id);
    if (model === undefined) return null;
    const hashes: string[] = [];
    for (const file of this.#models.files(id)) {
      if (file.role !== 'weights') continue;
      const hash = this.#hashes.get(this.#models.hashedPlace(model, file));
      if (hash === null) return null;
      hashes.push(hash);
    }
    return hashes.length === 0 ? null : hashes.sort();
  }

  /** Names a model by its weights files as the scan saw them: sizes, times and inodes. Null where it saw none. */
  seenKeyOf(id: number): string | null {
    const signature = this.#models.weightsSignature(id);
    return signature === '' ? null : `seen ${sketchVersion} ${signature}`;
  }

  /** Names the weights of a model; null where they were not read since they changed. */
  keyOf(id: number): string | null {
    const hashes = this.weightHashes(id);
    return hashes && contentKey(hashes);
  }
}

/** Names the weights that have these hashes. */
export function contentKey(hashes: readonly string[]): string {
  return createHash('sha256')
    .update([...hashes].sort().join('\n'))
    .digest('hex');
}
