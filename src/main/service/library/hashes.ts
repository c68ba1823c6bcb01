import type { LibraryContext } from './context.ts';

/** Keeps the SHA-256 of files of a model that were read just now; those that the last scan did not see are left out. */
export function noteHashes(
  { catalogue }: LibraryContext,
  model: number,
  read: readonly { readonly path: string; readonly size: number; readonly sha256: string }[],
): void {
  const hashes = new Map(read.map(({ path, size, sha256 }) => [`${size} ${path}`, sha256]));
  catalogue.write(() => {
    for (const file of catalogue.models.files(model)) {
      const sha256 = hashes.get(`${file.size} ${file.path}`);
      if (sha256 !== undefined) catalogue.models.hashed(model, file, sha256);
    }
  });
}
