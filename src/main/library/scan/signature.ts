import { createHash } from 'node:crypto';
import type { FoundFile, FoundModel } from './found-model.ts';

/** What of a file says, without reading it, whether it is the one that was seen before. */
export type SignedFile = Pick<
  FoundFile,
  'path' | 'size' | 'mtimeNs' | 'mode' | 'dev' | 'ino' | 'names' | 'linkedTo'
>;

/**
 * A short text that changes when any file of a model is added, removed, renamed, replaced or written to, as far as
 * sizes, times and file numbers tell. A model with the same signature is not opened again.
 */
export function sign(name: string, files: readonly SignedFile[]): string {
  const hash = createHash('sha256').update(JSON.stringify(name));
  for (const file of files) {
    const { path, size, mtimeNs, mode, dev, ino, names, linkedTo = null } = file;
    hash.update(JSON.stringify([path, size, mtimeNs, mode, dev, ino, names, linkedTo]));
  }
  return hash.digest('base64url').slice(0, 27);
}

/** The signature of a model that was found before, as `scanFolder` would sign it now if nothing changed. */
export function signModel(model: Pick<FoundModel, 'name' | 'files'>): string {
  return sign(model.name, model.files);
}
