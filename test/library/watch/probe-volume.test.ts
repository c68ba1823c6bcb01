import { readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/disk/index.ts';
import { ignoresCase, probeVolume } from '../../../src/main/library/watch/index.ts';
import { forEachFault } from '../../faults/for-each-fault.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';

/** The same disk, as a volume that takes names in any case for one. */
const anyCase: FileSystem = {
  ...nodeFileSystem,
  async lstat(path) {
    const names = await nodeFileSystem.readdir(dirname(path));
    const name = names.find((each) => each.toLowerCase() === basename(path).toLowerCase()) ?? basename(path);
    return nodeFileSystem.lstat(join(dirname(path), name));
  },
};
const noLinks: FileSystem = {
  ...nodeFileSystem,
  link: async () => {
    throw Object.assign(new Error('no links here'), { code: 'EPERM' });
  },
};

test.for([
  {
    name: 'this disk',
    fs: nodeFileSystem,
    abilities: { ignoresCase: process.platform !== 'linux', hardLinks: true },
  },
  { name: 'a volume that ignores case', fs: anyCase, abilities: { ignoresCase: true, hardLinks: true } },
  {
    name: 'a volume without hard links',
    fs: noLinks,
    abilities: { ignoresCase: process.platform !== 'linux', hardLinks: false },
  },
])('$name is probed and left as it was', async ({ fs, abilities }) => {
  await using scratch = await scratchFolder();
  expect(await probeVolume(fs, scratch.path)).toEqual(abilities);
  expect(await readdir(scratch.path)).toEqual([]);
});

test('whatever call fails, nothing but a temporary name may stay, and nothing else is touched', async () => {
  await forEachFault({
    prepare: (folder) => writeFile(join(folder, 'mine'), 'mine'),
    action: (fs, folder) => probeVolume(fs, folder),
    faults: ['EIO', 'EACCES', 'crash'],
    check: async ({ folder, fault, openHandles }) => {
      if (fault !== 'crash') expect(openHandles).toBe(0);
      const left = (await readdir(folder)).filter((name) => !/^\.deltashelf-[0-9a-f]{16}\.tmp$/u.test(name));
      expect(left).toEqual(['mine']);
      if (fault !== 'crash') expect(await readdir(folder)).toEqual(['mine']);
    },
  });
});

test.for([
  { name: 'Model', others: [], fs: anyCase, answer: true },
  { name: 'model', others: [], fs: anyCase, answer: true },
  { name: 'Model', others: [], fs: nodeFileSystem, answer: process.platform !== 'linux' },
  { name: '123', others: [], fs: anyCase, answer: undefined },
])('looking at $name alone says whether case counts', async ({ name, fs, answer }) => {
  await using scratch = await scratchFolder();
  await writeFile(join(scratch.path, name), 'x');
  expect(await ignoresCase(fs, join(scratch.path, name))).toBe(answer);
  expect(await readdir(scratch.path)).toEqual([name]);
});

test('what cannot be looked at says nothing about case', async () => {
  await using scratch = await scratchFolder();
  expect(await ignoresCase(nodeFileSystem, join(scratch.path, 'none'))).toBeUndefined();
});
