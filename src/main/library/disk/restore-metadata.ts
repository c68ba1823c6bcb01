import type { Warning } from '../../../shared/index.ts';
import { parseTime, type Metadata } from './entries.ts';
import { errnoOf } from './failures.ts';
import type { FileHandle } from './file-system.ts';
import { shownPath } from './shown-path.ts';

/**
 * Bits that are given back. Never set-user-id, which would lend a stranger's file this person's rights; on
 * folders also set-group-id and sticky, which shared disks live by and which run nothing.
 */
const restoredBits = { file: 0o777, folder: 0o3777 } as const;

/** Answers of volumes that keep no modes or times (FAT, network shares). */
const notKept = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL']);

/**
 * Gives an open file or folder its mode and time back. What the volume cannot keep becomes a warning: the bytes
 * matter more.
 */
export async function restoreMetadata(
  handle: FileHandle,
  metadata: Metadata,
  kind: 'file' | 'folder',
  name: string,
): Promise<Warning[]> {
  const mtimeNs = parseTime(metadata.mtimeNs);
  const kept = [
    await isKept(() => handle.chmod(metadata.mode & restoredBits[kind])),
    mtimeNs !== undefined && (await isKept(() => handle.utimes(mtimeNs))),
  ];
  if (!kept.includes(false)) return [];
  return [
    {
      file: name,
      sentence: `This disk does not keep the mode or time of ${shownPath(name)}; its bytes are complete.`,
    },
  ];
}

async function isKept(step: () => Promise<void>): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    if (notKept.has(errnoOf(error) ?? '')) return false;
    throw error;
  }
}
