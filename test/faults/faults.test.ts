import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { nodeFileSystem } from '../../src/main/library/disk/node-file-system.ts';
import { errnoOf } from '../../src/main/library/disk/failures.ts';
import type { FileSystem } from '../../src/main/library/disk/file-system.ts';
import { Crash, FaultyFileSystem } from './faulty-file-system.ts';
import { forEachFault } from './for-each-fault.ts';
import { scratchFolder } from './scratch-folder.ts';

async function writeCarelessly(fs: FileSystem, path: string, flush: boolean): Promise<void> {
  const handle = await fs.open(path, 'create');
  await handle.write(Buffer.from('eight by'), 0);
  if (flush) await handle.sync();
  await handle.close();
}

const sizeOf = async (path: string): Promise<number> => (await nodeFileSystem.lstat(path)).size;

test('the planned call fails with the planned errno, and no other', async () => {
  await using scratch = await scratchFolder();
  const fs = new FaultyFileSystem(nodeFileSystem, { at: 1, fault: 'ENOSPC' });
  await fs.mkdir(join(scratch.path, 'a'));
  const failed: unknown = await fs.mkdir(join(scratch.path, 'b')).catch((error: unknown) => error);
  await fs.mkdir(join(scratch.path, 'c'));
  expect(errnoOf(failed)).toBe('ENOSPC');
  expect((await fs.readdir(scratch.path)).sort()).toEqual(['a', 'c']);
});

test('after a crash every call fails, also on handles that are open', async () => {
  await using scratch = await scratchFolder();
  const fs = new FaultyFileSystem(nodeFileSystem, { at: 1, fault: 'crash' });
  const path = join(scratch.path, 'a');
  const handle = await fs.open(path, 'create');
  await expect(handle.write(Buffer.from('eight by'), 0)).rejects.toThrow(Crash);
  await expect(handle.sync()).rejects.toThrow(Crash);
  await expect(fs.lstat(path)).rejects.toThrow(Crash);
  expect(fs.openHandles).toBe(1);
  await fs.closeAll();
  expect(await sizeOf(path)).toBe(4);
});

test('a power cut halves what was not flushed, and only that', async () => {
  await using scratch = await scratchFolder();
  const fs = new FaultyFileSystem(nodeFileSystem);
  const [flushed, careless] = [join(scratch.path, 'flushed'), join(scratch.path, 'careless')];
  await writeCarelessly(fs, flushed, true);
  await writeCarelessly(fs, careless, false);
  await fs.loseUnflushed([flushed, careless]);
  expect([await sizeOf(flushed), await sizeOf(careless)]).toEqual([8, 4]);
});

test('forEachFault visits every call with every fault and names the call when a check fails', async () => {
  const visited: string[] = [];
  const action = (fs: FileSystem, folder: string) => writeCarelessly(fs, join(folder, 'a'), false);
  const calls = await forEachFault({
    prepare: (folder) => writeFile(join(folder, 'before'), 'there'),
    action,
    check: async ({ fault, call, error }) => {
      expect(error).toBeInstanceOf(Error);
      visited.push(`${fault} ${call}`);
    },
    faults: ['EIO', 'crash'],
  });
  expect(calls).toEqual(['open-create /a', 'write /a', 'close /a']);
  expect(visited).toEqual(['EIO', 'crash'].flatMap((fault) => calls.map((call) => `${fault} ${call}`)));

  const check = async ({ folder }: { readonly folder: string }) => {
    if ((await nodeFileSystem.readdir(folder)).includes('a')) throw new Error('half a file');
  };
  await expect(forEachFault({ action, check, faults: ['EIO'] })).rejects.toThrow(
    'EIO at call 1 (write /a): half a file',
  );
});
