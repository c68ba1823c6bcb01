import { createXXHash128 } from 'hash-wasm';
import { check } from './damaged.ts';
import type { Input } from './index-of.ts';

/** The files of a model, by path. */
export type Files = Readonly<Record<string, Uint8Array>>;

/**
 * Section 6.2: the bytes of each input, found among the parents and checked. Knows no format of checkpoints: looks where
 * the index says, in every file.
 */
export async function findInputs(inputs: readonly Input[], parents: readonly Files[]): Promise<Uint8Array[]> {
  const hasher = await createXXHash128();
  const files = parents.flatMap((parent) => Object.entries(parent));
  return inputs.map(({ path, offset, length, tensor, digest, parent }) => {
    const likely = files.filter(([name]) => name === path);
    for (const [, file] of [...likely, ...files]) {
      if (offset + length > file.length) continue;
      const bytes = file.subarray(offset, offset + length);
      if (hasher.init().update(bytes).digest('hex').startsWith(digest)) return bytes;
    }
    check(false, `nothing given is ${tensor?.name ?? `byte ${offset} of ${path}`} of ${parent}`);
    return new Uint8Array();
  });
}
