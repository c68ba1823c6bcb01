import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import type { FileSystem } from '../../../src/main/library/disk/file-system.ts';
import { HeldFiles } from '../../../src/main/library/disk/held-files.ts';
import { nodeFileSystem } from '../../../src/main/library/disk/node-file-system.ts';
import { openModel, type OpenModel } from '../../../src/main/library/disk/open-model.ts';
import { FaultyFileSystem } from '../../faults/faulty-file-system.ts';
import { forEachFault } from '../../faults/for-each-fault.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { changeHandles } from '../../faults/short-file-system.ts';
import { plant, smallEntries, smallFiles, writeSmallModel } from './small-model.ts';

async function textOf(model: OpenModel, path: string): Promise<string> {
  const file = model.files.find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`${path} is not in the model.`);
  const target = new Uint8Array(file.bytes.size);
  await file.bytes.read(0, target);
  return Buffer.from(target).toString();
}

const pathsOf = (model: OpenModel): string[] => model.files.map(({ path }) => path);
const warnedOf = (model: OpenModel): string[] => model.warnings.map(({ file }) => file);

test('a folder gives its files, sorted, and all that is needed to put it back', async () => {
  await using scratch = await scratchFolder();
  const path = join(scratch.path, 'Small-Model');
  await writeSmallModel(path);
  const model = await openModel(nodeFileSystem, path);
  expect(model).toMatchObject({ name: 'Small-Model', kind: 'folder', warnings: [] });
  expect(pathsOf(model)).toEqual(Object.keys(smallFiles));
  for (const [name, text] of Object.entries(smallFiles)) expect(await textOf(model, name)).toBe(text);
  const modes = (entries: readonly { readonly path: string; readonly mode: number }[]) =>
    entries.map((entry) => [entry.path, entry.mode]);
  expect(modes(model.entries.files)).toEqual(modes(smallEntries.files));
  expect(modes(model.entries.folders)).toEqual(modes(smallEntries.folders));
  expect(model.entries.links).toEqual(smallEntries.links);
  const { mtimeNs } = await nodeFileSystem.lstat(join(path, 'config.json'));
  expect(model.entries.files[0]?.mtimeNs).toBe(mtimeNs.toString());
  await model.close();
});

test('folders that are no part of the model are left out, without a word', async () => {
  await using scratch = await scratchFolder();
  for (const path of ['a.bin', 'own/b.bin', 'sub/own/c.bin', 'sub/d.bin']) await plant(scratch.path, path);
  const model = await openModel(nodeFileSystem, scratch.path, { leaveOut: new Set(['own']) });
  expect(pathsOf(model)).toEqual(['a.bin', 'sub/d.bin', 'sub/own/c.bin']);
  expect(model.entries.folders.map(({ path }) => path)).toEqual(['sub', 'sub/own']);
  expect(model.warnings).toEqual([]);
  await model.close();
});

test('a file is a model by itself', async () => {
  await using scratch = await scratchFolder();
  const path = await plant(scratch.path, 'adapter.safetensors', 'weights');
  const model = await openModel(nodeFileSystem, path);
  expect(model).toMatchObject({ name: 'adapter.safetensors', kind: 'file', warnings: [] });
  expect(model.entries.root).toBeUndefined();
  expect(model.entries.files).toHaveLength(1);
  expect(await textOf(model, 'adapter.safetensors')).toBe('weights');
  await model.close();
});

test('an empty folder is a model without files', async () => {
  await using scratch = await scratchFolder();
  const model = await openModel(nodeFileSystem, scratch.path);
  expect(model.files).toEqual([]);
  await model.close();
});

describe('what cannot be opened is refused', () => {
  test('a missing model', async () => {
    await using scratch = await scratchFolder();
    await expect(openModel(nodeFileSystem, join(scratch.path, 'gone'))).rejects.toMatchObject({
      code: 'not-found',
      place: { file: 'gone' },
    });
  });

  test('a pipe', async () => {
    await using scratch = await scratchFolder();
    await promisify(execFile)('mkfifo', [join(scratch.path, 'pipe')]);
    await expect(openModel(nodeFileSystem, join(scratch.path, 'pipe'))).rejects.toMatchObject({
      code: 'not-readable',
    });
  });

  test('a folder with more names than one model has', async () => {
    await using scratch = await scratchFolder();
    for (const name of ['a', 'b', 'c/d']) await plant(scratch.path, name);
    await expect(openModel(nodeFileSystem, scratch.path, { names: 3 })).rejects.toThrow('more than 3 names');
    await (await openModel(nodeFileSystem, scratch.path, { names: 4 })).close();
  });

  test('a file whose name no restore could use', async () => {
    await using scratch = await scratchFolder();
    const path = await plant(scratch.path, 'a\\b.gguf');
    await expect(openModel(nodeFileSystem, path)).rejects.toMatchObject({ code: 'not-readable' });
  });
});

describe('links', () => {
  test('a Hugging Face snapshot is read through its links and restored as regular files', async () => {
    await using scratch = await scratchFolder();
    await plant(scratch.path, 'blobs/abc', 'weights');
    await mkdir(join(scratch.path, 'snapshots', 'main'), { recursive: true });
    await symlink('../../blobs/abc', join(scratch.path, 'snapshots', 'main', 'model.safetensors'));
    const model = await openModel(nodeFileSystem, join(scratch.path, 'snapshots', 'main'));
    expect(model.files).toMatchObject([{ path: 'model.safetensors', throughLink: true }]);
    expect(model.entries.links).toEqual([]);
    expect(warnedOf(model)).toEqual(['model.safetensors']);
    expect(await textOf(model, 'model.safetensors')).toBe('weights');
    await model.close();
  });

  test('one file of a snapshot is opened through its link, under the name of the link', async () => {
    await using scratch = await scratchFolder();
    await plant(scratch.path, 'blobs/abc', 'weights');
    await symlink('blobs/abc', join(scratch.path, 'model.safetensors'));
    const model = await openModel(nodeFileSystem, join(scratch.path, 'model.safetensors'));
    expect(model).toMatchObject({ name: 'model.safetensors', kind: 'file' });
    expect(warnedOf(model)).toEqual(['model.safetensors']);
    expect(await textOf(model, 'model.safetensors')).toBe('weights');
    await model.close();
  });

  test('a model whose folder is itself a link is opened', async () => {
    await using scratch = await scratchFolder();
    await plant(scratch.path, 'real/a', 'text');
    await symlink('a', join(scratch.path, 'real', 'b'));
    await symlink('real', join(scratch.path, 'alias'));
    const model = await openModel(nodeFileSystem, join(scratch.path, 'alias'));
    expect(model.name).toBe('alias');
    expect(pathsOf(model)).toEqual(['a']);
    expect(model.entries.links).toEqual([{ path: 'b', target: 'a' }]);
    await model.close();
  });

  test('links inside are kept, and what they point to is read once', async () => {
    await using scratch = await scratchFolder();
    const root = join(scratch.path, 'model');
    await plant(root, 'sub/weights', 'text');
    await plant(scratch.path, 'outside', 'outside');
    const links = [
      ['chain', 'latest'],
      ['dangling', 'not/there'],
      ['folder', 'sub/'],
      ['latest', './sub/weights'],
      ['to-outward', 'outward'],
    ] as const;
    for (const [path, target] of links) await symlink(target, join(root, path));
    await symlink('../outside', join(root, 'outward'));
    const model = await openModel(nodeFileSystem, root);
    expect(pathsOf(model)).toEqual(['outward', 'sub/weights']);
    expect(model.entries.links).toEqual(links.map(([path, target]) => ({ path, target })));
    await model.close();
  });

  test('a link that could not be made again is read as a file or left out, with a warning', async () => {
    await using scratch = await scratchFolder();
    const root = join(scratch.path, 'model');
    await plant(root, 'sub/weights', 'text');
    await plant(scratch.path, 'elsewhere/far', 'far');
    const links = [
      ['absolute', join(root, 'sub', 'weights')],
      ['broken', '../not-there'],
      ['device', '/dev/null'],
      ['folder', '../elsewhere'],
      ['loop', '../model/loop'],
      ['roundabout', 'sub/../sub/weights'],
      ['through-folder', 'folder/far'],
    ] as const;
    for (const [path, target] of links) await symlink(target, join(root, path));
    const model = await openModel(nodeFileSystem, root);
    expect(pathsOf(model)).toEqual(['absolute', 'roundabout', 'sub/weights', 'through-folder']);
    expect(model.entries.links).toEqual([]);
    expect(warnedOf(model).sort()).toEqual(links.map(([path]) => path));
    expect(await textOf(model, 'absolute')).toBe('text');
    await model.close();
  });
});

test('what is no part of a model is left out with a warning', async () => {
  await using scratch = await scratchFolder();
  await plant(scratch.path, 'model.bin');
  await plant(scratch.path, '.deltashelf-0123456789abcdef.tmp');
  await plant(scratch.path, 'back\\slash');
  await writeFile(Buffer.concat([Buffer.from(`${scratch.path}/not-`), Buffer.from([0xff])]), 'x');
  await promisify(execFile)('mkfifo', [join(scratch.path, 'pipe')]);
  const model = await openModel(nodeFileSystem, scratch.path);
  expect(pathsOf(model)).toEqual(['model.bin']);
  expect(warnedOf(model)).toEqual(['.deltashelf-0123456789abcdef.tmp', 'back\\slash', 'not-\ufffd', 'pipe']);
  await model.close();
});

test('names that another system cannot hold are kept with a warning', async () => {
  await using scratch = await scratchFolder();
  for (const name of ['Vocab.txt', 'aux.bin', 'vocab.txt']) await plant(scratch.path, name);
  const model = await openModel(nodeFileSystem, scratch.path);
  expect(pathsOf(model)).toEqual(['Vocab.txt', 'aux.bin', 'vocab.txt']);
  expect(warnedOf(model)).toEqual(['aux.bin', 'vocab.txt']);
  await model.close();
});

test('a set-user-id bit is told', async () => {
  await using scratch = await scratchFolder();
  await chmod(await plant(scratch.path, 'run'), 0o4755);
  const model = await openModel(nodeFileSystem, scratch.path);
  expect(warnedOf(model)).toEqual(['run']);
  await model.close();
});

describe('a model that changes is noticed', () => {
  test('a file that is cut before it is read', async () => {
    await using scratch = await scratchFolder();
    const path = await plant(scratch.path, 'sub/a', 'text');
    const model = await openModel(nodeFileSystem, scratch.path);
    await truncate(path, 1);
    await expect(textOf(model, 'sub/a')).rejects.toMatchObject({
      code: 'changed-while-reading',
      place: { file: 'sub/a' },
    });
    await model.close();
  });

  test('a file that is replaced by a link before it is read', async () => {
    await using scratch = await scratchFolder();
    const path = await plant(scratch.path, 'a', 'text');
    const model = await openModel(nodeFileSystem, scratch.path);
    await rm(path);
    await symlink('/etc/hostname', path);
    await expect(textOf(model, 'a')).rejects.toMatchObject({ code: 'not-readable' });
    await model.close();
  });

  test('a file that is cut after it was read, at close', async () => {
    await using scratch = await scratchFolder();
    const path = await plant(scratch.path, 'a', 'text');
    const model = await openModel(nodeFileSystem, scratch.path);
    await textOf(model, 'a');
    await truncate(path, 1);
    await expect(model.close()).rejects.toMatchObject({ code: 'changed-while-reading' });
  });

  test('a name that vanishes during the walk', async () => {
    await using scratch = await scratchFolder();
    await plant(scratch.path, 'a');
    const fs: FileSystem = { ...nodeFileSystem, readdir: () => Promise.resolve(['a', 'b']) };
    await expect(openModel(fs, scratch.path)).rejects.toMatchObject({
      code: 'changed-while-reading',
      place: { file: 'b' },
    });
  });
});

test('only so many files are open at once, and each gives its bytes whenever it is read', async () => {
  await using scratch = await scratchFolder();
  const fs = new FaultyFileSystem(nodeFileSystem);
  const held = new HeldFiles(fs, 2);
  const names = Array.from({ length: 8 }, (_, index) => `file ${index}`);
  const files = await Promise.all(
    names.map(async (name) => {
      const path = await plant(scratch.path, name);
      return held.access({ path, file: name, status: await nodeFileSystem.lstat(path), throughLink: false });
    }),
  );
  const read = async (index: number): Promise<string> => {
    const target = new Uint8Array(6);
    await files[index]?.read(0, target);
    return Buffer.from(target).toString();
  };
  for (const index of [0, 1, 2, 0, 7, 3, 0, 1]) {
    expect(await read(index)).toBe(names[index]);
    expect(fs.openHandles).toBeLessThanOrEqual(2);
  }
  const order = [...names.keys(), ...names.keys()];
  expect(await Promise.all(order.map(read))).toEqual([...names, ...names]);
  expect(fs.openHandles).toBeLessThanOrEqual(2);
  await held.close();
  expect(fs.openHandles).toBe(0);
});

test('a file that is being read stays open, whatever else is read meanwhile', async () => {
  await using scratch = await scratchFolder();
  const gate = Promise.withResolvers<undefined>();
  const slow = changeHandles(nodeFileSystem, (handle) => ({
    ...handle,
    read: async (target, position) => {
      if (target.length === 4) await gate.promise;
      return handle.read(target, position);
    },
  }));
  const held = new HeldFiles(slow, 1);
  const access = async (name: string) => {
    const path = await plant(scratch.path, name);
    return held.access({ path, file: name, status: await nodeFileSystem.lstat(path), throughLink: false });
  };
  const target = new Uint8Array(4);
  const slowly = (await access('slow')).read(0, target);
  for (const name of ['a', 'b', 'c']) await (await access(name)).read(0, new Uint8Array(1));
  gate.resolve(undefined);
  await slowly;
  expect(Buffer.from(target).toString()).toBe('slow');
  await held.close();
});

test('a fault at every call is told, and leaves no handle open', async () => {
  await forEachFault({
    prepare: writeSmallModel,
    action: async (fs, folder) => {
      const model = await openModel(fs, folder);
      try {
        for (const [path, text] of Object.entries(smallFiles)) expect(await textOf(model, path)).toBe(text);
      } finally {
        await model.close();
      }
    },
    check: async ({ call, error, openHandles }) => {
      if (call.startsWith('close')) expect(error).toBeUndefined();
      else expect(error).toMatchObject({ name: 'DeltashelfError', code: 'not-readable' });
      expect(openHandles).toBe(0);
    },
    faults: ['EIO', 'EACCES'],
  });
});
