import { execFile } from 'node:child_process';
import { appendFile, link, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import type { FileSystem } from '../../../src/main/library/disk/file-system.ts';
import { nodeFileSystem } from '../../../src/main/library/disk/node-file-system.ts';
import { openFile, type OpenedFile } from '../../../src/main/library/disk/open-file.ts';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { FaultyFileSystem } from '../../faults/faulty-file-system.ts';
import { forEachFault } from '../../faults/for-each-fault.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { changeHandles, shortFileSystem } from '../../faults/short-file-system.ts';
import { plant } from './small-model.ts';

const text = '0123456789';

async function readAll(file: OpenedFile, offset = 0, length = file.size - offset): Promise<string> {
  const target = new Uint8Array(new SharedArrayBuffer(length));
  await file.read(offset, target);
  return Buffer.from(target).toString();
}

describe.each([
  ['reads that are as long as asked for', nodeFileSystem],
  ['reads of at most 3 bytes', shortFileSystem(nodeFileSystem, 3)],
])('with %s', (_, fs) => {
  test('all bytes come, and any part of them, into shared memory', async () => {
    await using scratch = await scratchFolder();
    const file = await openFile(fs, await plant(scratch.path, 'a', text));
    expect(file.size).toBe(10);
    expect(await readAll(file)).toBe(text);
    expect(await readAll(file, 4, 5)).toBe('45678');
    expect(await readAll(file, 10, 0)).toBe('');
    await file.close();
  });
});

test('an empty file can be read', async () => {
  await using scratch = await scratchFolder();
  const file = await openFile(nodeFileSystem, await plant(scratch.path, 'a', ''));
  expect(await readAll(file)).toBe('');
  await file.close();
});

describe('a file that changes is noticed', () => {
  const changes: [string, (path: string) => Promise<void>][] = [
    ['it grows', (path) => appendFile(path, 'more')],
    ['it is cut', (path) => truncate(path, 4)],
    ['it is written anew at another time', (path) => utimes(path, 1, 1)],
  ];
  test.each(changes)('at close: %s', async (_, change) => {
    await using scratch = await scratchFolder();
    const path = await plant(scratch.path, 'a', text);
    const file = await openFile(nodeFileSystem, path);
    expect(await readAll(file)).toBe(text);
    await change(path);
    await expect(file.close()).rejects.toMatchObject({
      code: 'changed-while-reading',
      place: { file: path },
    });
  });

  test('a read beyond the end, as it was or as it is now', async () => {
    await using scratch = await scratchFolder();
    const path = await plant(scratch.path, 'a', text);
    const file = await openFile(nodeFileSystem, path);
    await expect(readAll(file, 8, 3)).rejects.toMatchObject({ code: 'changed-while-reading' });
    await truncate(path, 4);
    await expect(readAll(file)).rejects.toMatchObject({ code: 'changed-while-reading' });
    await expect(file.close()).rejects.toMatchObject({ code: 'changed-while-reading' });
  });

  test.each(changes)('since it was seen: %s', async (_, change) => {
    await using scratch = await scratchFolder();
    const path = await plant(scratch.path, 'a', text);
    const expected = await nodeFileSystem.lstat(path);
    await change(path);
    await expect(openFile(nodeFileSystem, path, { expected })).rejects.toMatchObject({
      code: 'changed-while-reading',
    });
  });

  test('another name (hard link) of the file is no change', async () => {
    await using scratch = await scratchFolder();
    const path = await plant(scratch.path, 'a', text);
    const file = await openFile(nodeFileSystem, path);
    await link(path, join(scratch.path, 'anchored'));
    await file.close();
  });
});

describe('what is no regular file is refused', () => {
  test('a missing file', async () => {
    await using scratch = await scratchFolder();
    const path = join(scratch.path, 'gone.safetensors');
    const refused = openFile(nodeFileSystem, path, { file: 'gone.safetensors' });
    await expect(refused).rejects.toMatchObject({ code: 'not-found', place: { file: 'gone.safetensors' } });
    await expect(refused).rejects.toThrow(
      `"${path}" was not found; check its name, or connect the disk it is on, and try again.`,
    );
  });

  test('a folder', async () => {
    await using scratch = await scratchFolder();
    await expect(openFile(nodeFileSystem, scratch.path)).rejects.toMatchObject({ code: 'not-readable' });
  });

  test('a pipe that nobody writes to, without waiting for it', async () => {
    await using scratch = await scratchFolder();
    const path = join(scratch.path, 'pipe');
    await promisify(execFile)('mkfifo', [path]);
    await expect(openFile(nodeFileSystem, path)).rejects.toMatchObject({ code: 'not-readable' });
  });

  test('a link, where links are not followed', async () => {
    await using scratch = await scratchFolder();
    await plant(scratch.path, 'a', text);
    const path = join(scratch.path, 'link');
    await symlink('a', path);
    await expect(openFile(nodeFileSystem, path, { followLinks: false })).rejects.toThrow('is a link');
    const file = await openFile(nodeFileSystem, path);
    expect(await readAll(file)).toBe(text);
    await file.close();
  });

  test('a link that takes the place of the file between the look and the opening', async () => {
    await using scratch = await scratchFolder();
    const path = await plant(scratch.path, 'a', text);
    await writeFile(join(scratch.path, 'secret'), 'secret');
    const swapping: FileSystem = {
      ...nodeFileSystem,
      lstat: async (place) => {
        const seen = await nodeFileSystem.lstat(place);
        await nodeFileSystem.unlink(place);
        await symlink('secret', place);
        return seen;
      },
    };
    await expect(openFile(swapping, path, { followLinks: false })).rejects.toMatchObject({
      code: 'not-readable',
    });
  });
});

test('a fault at every call is told as one sentence and leaves no handle open', async () => {
  await forEachFault({
    prepare: async (folder) => {
      await plant(folder, 'a', text);
    },
    action: async (fs, folder) => {
      const file = await openFile(fs, join(folder, 'a'), { followLinks: false });
      try {
        expect(await readAll(file)).toBe(text);
      } finally {
        await file.close();
      }
    },
    check: async ({ call, error, openHandles }) => {
      // A close that fails loses nothing that was read.
      if (call.startsWith('close')) expect(error).toBeUndefined();
      else expect(error).toMatchObject({ name: 'DeltashelfError', code: 'not-readable' });
      expect(openHandles).toBe(0);
    },
    faults: ['EIO', 'EACCES', 'EMFILE'],
  });
});

test('a sentence shows no character that could steer a terminal', async () => {
  await using scratch = await scratchFolder();
  const failed: unknown = await openFile(nodeFileSystem, join(scratch.path, '\u001b[2J\u202egone')).catch(
    (error: unknown) => error,
  );
  expect(failed).toBeInstanceOf(DeltashelfError);
  expect((failed as DeltashelfError).message).toContain('\\u{1b}[2J\\u{202e}gone');
});

test('a read into more than one call keeps its place', async () => {
  await using scratch = await scratchFolder();
  const path = await plant(scratch.path, 'a', text);
  const positions: number[] = [];
  const noting = changeHandles(shortFileSystem(nodeFileSystem, 4), (handle) => ({
    ...handle,
    read: (target, position) => {
      positions.push(position);
      return handle.read(target, position);
    },
  }));
  const file = await openFile(new FaultyFileSystem(noting), path);
  expect(await readAll(file, 1)).toBe('123456789');
  expect(positions).toEqual([1, 5, 9]);
  await file.close();
});
