import { DeltashelfError, formatBytes } from '../../../shared/index.ts';
import { availableBytes, shownPath, type FileSystem } from '../disk/index.ts';

/**
 * Looks whether there is room for what is to be written, before anything is.
 * @throws DeltashelfError `disk-full`
 */
export async function checkSpace(fs: FileSystem, target: string, neededBytes: number): Promise<void> {
  const available = await availableBytes(fs, target);
  if (available >= neededBytes) return;
  const missing = formatBytes(neededBytes - available);
  throw new DeltashelfError(
    'disk-full',
    `The disk of ${shownPath(target)} has ${formatBytes(available)} left, but ${formatBytes(neededBytes)} are ` +
      `needed. Nothing was written. Free ${missing} there, or choose a folder on another disk.`,
    { file: target },
  );
}
