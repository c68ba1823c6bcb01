import { join } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import { hashFile } from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { Sidecar, StoredFile } from '../vault/index.ts';
import type { StepContext } from './context.ts';

/** Where a file of a stored model's original lay. */
export function originalPath(
  { kind, path }: Pick<Sidecar, 'kind' | 'path'>,
  file: Pick<StoredFile, 'path'>,
): string {
  return kind === 'file' ? path : join(path, ...file.path.split('/'));
}

/** Whether every file of the original is where it lay, with the bytes that were stored. Reads all of them. */
export async function isWhole(context: StepContext, stored: Sidecar, control: JobControl): Promise<boolean> {
  for (const file of stored.files) {
    if (!(await hasBytes(context, originalPath(stored, file), file, control))) return false;
  }
  return true;
}

/** Whether a path holds a regular file of that size and hash. What cannot be read does not. */
export async function hasBytes(
  { tools: { fs } }: StepContext,
  path: string,
  { size, sha256 }: Pick<StoredFile, 'size' | 'sha256'>,
  control: JobControl,
): Promise<boolean> {
  const status = await fs.stat(path).catch(() => undefined);
  if (status?.kind !== 'file' || status.size !== size) return false;
  try {
    return (await hashFile(fs, path, { ...control, followLinks: true })) === sha256;
  } catch (error) {
    control.signal?.throwIfAborted();
    if (error instanceof DeltashelfError && error.code !== 'internal') return false;
    throw error;
  }
}
