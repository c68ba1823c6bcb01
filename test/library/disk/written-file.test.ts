import { describe, expect, test } from 'vitest';

import type { FileHandle, FileSystem } from '../../../src/main/library/disk/file-system.ts';
import { nodeFileSystem } from '../../../src/main/library/disk/node-file-system.ts';
import { WrittenFile } from '../../../src/main/library/disk/written-file.ts';

/** A file of which nothing reaches a disk; it tells in which order it was used. */
function noFile(sync: () => Promise<void>): { readonly fs: FileSystem; readonly calls: string[] } {
  const calls: string[] = [];
  const told =
    <Answer>(name: string, work: () => Promise<Answer>) =>
    async (): Promise<Answer> => {
      calls.push(name);
      try {
        return await work();
      } finally {
        calls.push(`${name} ended`);
      }
    };
  const never = (): Promise<never> => Promise.reject(new Error('not asked for'));
  const handle: FileHandle = {
    stat: never,
    read: never,
    write: (bytes) => Promise.resolve(bytes.length),
    chmod: never,
    utimes: never,
    sync: told('sync', sync),
    close: told('close', () => Promise.resolve()),
  };
  return { fs: { ...nodeFileSystem, open: () => Promise.resolve(handle) }, calls };
}

const piece = new Uint8Array(2 ** 20);

async function writePieces(file: WrittenFile, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await file.write(piece);
}

describe('a long file', () => {
  test('is flushed while it is written, one flush at a time, and once more in the end', async () => {
    const { fs, calls } = noFile(() => new Promise((resolve) => setTimeout(resolve, 5)));
    const file = await WrittenFile.create(fs, 'path', 'name');
    await writePieces(file, 200);
    expect(calls.filter((call) => call === 'sync')).toHaveLength(3);
    await file.finish();
    const flush = ['sync', 'sync ended'];
    expect(calls).toEqual([...flush, ...flush, ...flush, ...flush, 'close', 'close ended']);
  });

  test('that is short is flushed only in the end', async () => {
    const { fs, calls } = noFile(() => Promise.resolve());
    const file = await WrittenFile.create(fs, 'path', 'name');
    await writePieces(file, 63);
    expect(calls).toEqual([]);
    await file.finish();
    expect(calls.filter((call) => call === 'sync')).toHaveLength(1);
  });

  test('fails when a flush on the way does: with the next one, or in the end', async () => {
    const full = Object.assign(new Error('ENOSPC: full'), { code: 'ENOSPC' });
    for (const pieces of [64, 127]) {
      const { fs } = noFile(() => Promise.reject(full));
      const file = await WrittenFile.create(fs, 'path', 'name');
      await writePieces(file, pieces);
      await expect(file.finish()).rejects.toMatchObject({ code: 'disk-full', cause: full });
    }
    const { fs } = noFile(() => Promise.reject(full));
    const file = await WrittenFile.create(fs, 'path', 'name');
    await expect(writePieces(file, 128)).rejects.toMatchObject({ code: 'disk-full', cause: full });
  });

  test('is closed only when no flush is under way any more', async () => {
    const { fs, calls } = noFile(() => new Promise((resolve) => setTimeout(resolve, 5)));
    const file = await WrittenFile.create(fs, 'path', 'name');
    await writePieces(file, 64);
    await file.abandon();
    expect(calls).toEqual(['sync', 'sync ended', 'close', 'close ended']);
  });
});
