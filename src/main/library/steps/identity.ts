import { z } from 'zod';

import { orMissing, type FileStatus, type FileSystem } from '../disk/index.ts';

/** A file that was compared and may go, as the journal keeps it: the name alone is never enough. */
export const comparedFileSchema = z.strictObject({
  path: z.string().max(4096),
  size: z.int().min(0),
  mtimeNs: z.string().regex(/^-?\d{1,19}$/u),
  ino: z.string().regex(/^\d{1,20}$/u),
});
export type ComparedFile = z.infer<typeof comparedFileSchema>;

/** @param status what the disk said of it when it was compared */
export function comparedFile(path: string, { size, mtimeNs, ino }: FileStatus): ComparedFile {
  return { path, size, mtimeNs: mtimeNs.toString(), ino: ino.toString() };
}

/** Removes a name only while it stands for the file that was compared. Another one that has it by now stays. */
export async function unlinkCompared(fs: FileSystem, file: ComparedFile): Promise<void> {
  const now = await orMissing(fs.lstat(file.path));
  if (now?.kind !== 'file') return;
  const { size, mtimeNs, ino } = comparedFile(file.path, now);
  if (size === file.size && mtimeNs === file.mtimeNs && ino === file.ino) await fs.unlink(file.path);
}
