import { DeltashelfError } from '../../../shared/index.ts';
import { hashFile, type FoundFile } from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';

/**
 * Reads the weights of a model that were not read since they changed, so that its content is known.
 * @returns names its content; null where it cannot be read now
 */
export async function contentOf(
  context: LibraryContext,
  id: number,
  control: CallControl = {},
): Promise<string | null> {
  const { catalogue } = context;
  const model = catalogue.models.get(id);
  for (const file of model?.presence === 'whole' ? catalogue.models.files(id) : []) {
    if (file.role !== 'weights' || !model) continue;
    const { path } = catalogue.models.hashedPlace(model, file);
    if (catalogue.hashes.get(catalogue.models.hashedPlace(model, file)) !== null) continue;
    const sha256 = await hashAsSeen(context, path, file, control);
    if (sha256 === undefined) return null;
    catalogue.models.hashed(id, file, sha256);
  }
  return catalogue.contents.keyOf(id);
}

/** @returns undefined where it is not the file that the scan saw, or cannot be read */
async function hashAsSeen(
  { fs }: LibraryContext,
  path: string,
  seen: FoundFile,
  { signal }: CallControl,
): Promise<string | undefined> {
  try {
    const status = await fs.stat(path);
    const same = status.size === seen.size && status.mtimeNs.toString() === seen.mtimeNs;
    return same ? await hashFile(fs, path, { expected: status, ...(signal && { signal }) }) : undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DeltashelfError && error.code === 'internal') throw error;
    return undefined;
  }
}
