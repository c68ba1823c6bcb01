import { join } from 'node:path';
import { DeltashelfError, type ParsedArgs, type ScanResult } from '../../../shared/index.ts';
import { createAtomicFolder, isThere, openFile, type Entry, type FileSystem } from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { addFolder } from './folders.ts';

const blockBytes = 2 ** 20;
/** A person may write to the copies and delete them, whatever the modes of what was installed. */
const fileMode = 0o644;
const folderMode = 0o755;

/** Where the sample library of a home is put. */
export function samplePlace({ home }: Pick<LibraryContext, 'home'>): string {
  return join(home, 'sample-library');
}

/** Puts a copy of the sample library into the home, unless one is there, and watches it. */
export async function addSample(
  context: LibraryContext,
  _args: ParsedArgs<'addSample'>,
  control: CallControl,
): Promise<ScanResult> {
  const { fs, sample } = context;
  if (sample === undefined) throw noSample();
  const place = samplePlace(context);
  if (!(await isThere(fs, place))) await copyFolder(fs, sample, place, control);
  return addFolder(context, { path: place }, control);
}

/** Copies files and folders with their times, whole or not at all. Links are left out: there are none. */
async function copyFolder(
  fs: FileSystem,
  from: string,
  to: string,
  { signal, onProgress }: CallControl,
): Promise<void> {
  const { files, folders, totalBytes } = await entriesOf(fs, from);
  const { mtimeNs } = await fs.stat(from);
  const root = { mode: folderMode, mtimeNs: mtimeNs.toString() };
  const folder = await createAtomicFolder(fs, to, { root, files, folders, links: [] });
  let doneBytes = 0;
  try {
    for (const { path } of files) {
      const source = await openFile(fs, join(from, path));
      try {
        const target = await folder.createFile(path);
        const block = new Uint8Array(Math.min(blockBytes, source.size));
        for (let at = 0; at < source.size; at += block.length) {
          signal?.throwIfAborted();
          const bytes = block.subarray(0, Math.min(block.length, source.size - at));
          await source.read(at, bytes);
          await target.write(bytes);
          doneBytes += bytes.length;
          onProgress?.({ phase: 'copy', doneBytes, totalBytes });
        }
        await target.close();
      } finally {
        await source.close();
      }
    }
    await folder.publish();
  } finally {
    await folder.discard();
  }
}

async function entriesOf(
  fs: FileSystem,
  from: string,
): Promise<{ files: Entry[]; folders: Entry[]; totalBytes: number }> {
  const files: Entry[] = [];
  const folders: Entry[] = [];
  let totalBytes = 0;
  const look = async (inside: string): Promise<void> => {
    for (const name of (await fs.readdir(join(from, inside))).sort()) {
      const path = inside === '' ? name : `${inside}/${name}`;
      const { kind, size, mtimeNs } = await fs.lstat(join(from, path));
      if (kind === 'folder') {
        folders.push({ path, mode: folderMode, mtimeNs: mtimeNs.toString() });
        await look(path);
      } else if (kind === 'file') {
        files.push({ path, mode: fileMode, mtimeNs: mtimeNs.toString() });
        totalBytes += size;
      }
    }
  };
  await look('');
  return { files, folders, totalBytes };
}

function noSample(): DeltashelfError {
  return new DeltashelfError(
    'not-found',
    'The sample library did not come with this program. Nothing was done; add a folder of your own.',
  );
}
