import { lstat, mkdir, readFile, readdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { ModelEntries } from '../../../src/main/library/disk/entries.ts';
import type { FileSystem } from '../../../src/main/library/disk/file-system.ts';
import { nodeFileSystem } from '../../../src/main/library/disk/node-file-system.ts';
import { openModel } from '../../../src/main/library/disk/open-model.ts';
import { createAtomicFolder, type FolderEntries } from '../../../src/main/library/disk/publish-folder.ts';
import { isTemporaryName } from '../../../src/main/library/disk/temporary.ts';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { FaultyFileSystem } from '../../faults/faulty-file-system.ts';
import { forEachFault, type FaultOutcome } from '../../faults/for-each-fault.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { smallEntries, smallFiles } from './small-model.ts';

const bare: FolderEntries = { root: { mode: 0o755, mtimeNs: '0' }, files: [], folders: [], links: [] };
const file = (path: string) => ({ path, mode: 0o644, mtimeNs: '0' });

async function restore(fs: FileSystem, target: string, entries: FolderEntries = smallEntries): Promise<void> {
  const folder = await createAtomicFolder(fs, target, entries);
  try {
    for (const { path } of entries.files) {
      const sink = await folder.createFile(path);
      const bytes = Buffer.from(smallFiles[path] ?? path);
      await sink.write(bytes.subarray(0, 5));
      await sink.write(bytes.subarray(5));
      await sink.close();
    }
    await folder.publish();
  } finally {
    await folder.discard();
  }
}

/** Windows in the one respect that matters here: a folder is never renamed over another. */
const neverReplacing: FileSystem = {
  ...nodeFileSystem,
  renameReplacesEmptyFolder: false,
  rename: async (from, to) => {
    const taken = await nodeFileSystem.lstat(to).catch(() => undefined);
    if (taken !== undefined) throw Object.assign(new Error('EPERM: rename'), { code: 'EPERM' });
    await nodeFileSystem.rename(from, to);
  },
};

/** A volume that takes names for one that differ in case only. */
const caseBlind: FileSystem = {
  ...nodeFileSystem,
  open: (path, purpose) => nodeFileSystem.open(lower(path), purpose),
  mkdir: (path, mode) => nodeFileSystem.mkdir(lower(path), mode),
  realpath: (path) => nodeFileSystem.realpath(lower(path)),
  symlink: (target, path) => nodeFileSystem.symlink(target, lower(path)),
  unlink: (path) => nodeFileSystem.unlink(lower(path)),
  rmdir: (path) => nodeFileSystem.rmdir(lower(path)),
};
/** Below the temporary folder only: the scratch folder around it has capitals in its name. */
function lower(path: string): string {
  const [outside = '', inside = ''] = path.split(/(?<=\.tmp)/u);
  return outside + inside.toLowerCase();
}

/** What a volume does to anyone but root: a folder's mode decides what may be done in it. */
const heedingModes: FileSystem = {
  ...nodeFileSystem,
  open: async (path, purpose) => {
    await requireMode(path, purpose === 'create' ? 0o300 : 0o100);
    return nodeFileSystem.open(path, purpose);
  },
  unlink: async (path) => {
    await requireMode(path, 0o300);
    await nodeFileSystem.unlink(path);
  },
  rmdir: async (path) => {
    await requireMode(path, 0o300);
    await nodeFileSystem.rmdir(path);
  },
};

async function requireMode(path: string, bits: number): Promise<void> {
  const { mode } = await nodeFileSystem.lstat(dirname(path));
  if ((mode & bits) !== bits) throw Object.assign(new Error(`EACCES: ${path}`), { code: 'EACCES' });
}

async function expectWhole(target: string): Promise<void> {
  const model = await openModel(nodeFileSystem, target);
  const { root, files, folders, links } = model.entries;
  expect({ files: files.map(withoutTime), folders: folders.map(withoutTime), links }).toEqual({
    files: smallEntries.files.map(withoutTime),
    folders: smallEntries.folders.map(withoutTime),
    links: smallEntries.links,
  });
  expect(root?.mode).toBe(smallEntries.root.mode);
  for (const [found, wanted] of [
    [root, smallEntries.root] as const,
    ...files.map((entry, index) => [entry, smallEntries.files[index]] as const),
    ...folders.map((entry, index) => [entry, smallEntries.folders[index]] as const),
  ]) {
    const difference = BigInt(found?.mtimeNs ?? 0) - BigInt(wanted?.mtimeNs ?? 0);
    expect(Math.abs(Number(difference))).toBeLessThanOrEqual(1000);
  }
  for (const [path, text] of Object.entries(smallFiles)) {
    expect(await readFile(join(target, path), 'utf8')).toBe(text);
  }
}

function withoutTime({ path, mode }: { readonly path: string; readonly mode: number }) {
  return { path, mode };
}

describe('a folder comes with its files, modes, times, links and empty folders', () => {
  test.each([
    ['where nothing was', nodeFileSystem, false],
    ['in the place of an empty folder', nodeFileSystem, true],
    ['where rename replaces no folder and nothing was', neverReplacing, false],
    ['where rename replaces no folder, in the place of an empty one', neverReplacing, true],
  ])('%s', async (_, fs, exists) => {
    await using scratch = await scratchFolder();
    const target = join(scratch.path, 'model');
    if (exists) await mkdir(target);
    await restore(fs, target);
    await expectWhole(target);
    expect(await readdir(scratch.path)).toEqual(['model']);
  });
});

describe('a fault at every call leaves the whole folder or what was there, and nothing temporary', () => {
  test.each([
    ['where nothing was', nodeFileSystem, false],
    ['in the place of an empty folder', nodeFileSystem, true],
    ['where rename replaces no folder and nothing was', neverReplacing, false],
    ['where rename replaces no folder, in the place of an empty one', neverReplacing, true],
  ])('%s', async (_, inner, exists) => {
    await forEachFault({
      inner,
      prepare: async (folder) => {
        await writeFile(join(folder, 'neighbour'), 'untouched');
        if (exists) await mkdir(join(folder, 'model'));
      },
      action: (fs, folder) => restore(fs, join(folder, 'model')),
      check: (outcome) => expectWholeOrBefore(outcome, exists),
    });
  });
});

async function expectWholeOrBefore(outcome: FaultOutcome, existed: boolean): Promise<void> {
  const { folder, error, fault } = outcome;
  const names = await readdir(folder);
  const visible = names.filter((name) => !isTemporaryName(name));
  const found = visible.includes('model') ? await readdir(join(folder, 'model')) : undefined;
  expect(await readFile(join(folder, 'neighbour'), 'utf8')).toBe('untouched');
  if (found !== undefined && found.length > 0) await expectWhole(join(folder, 'model'));
  if (fault === 'crash') return;
  expect(names).toEqual(visible);
  expect(outcome.openHandles).toBe(0);
  if (error === undefined) expect(found?.length).toBeGreaterThan(0);
  else expect(found).toEqual(existed ? [] : undefined);
  if (error !== undefined) expect(error).toBeInstanceOf(DeltashelfError);
}

describe('what is there is kept', () => {
  test.each([
    [
      'a folder with a file in it',
      async (path: string) => {
        await mkdir(path);
        await writeFile(join(path, 'theirs'), 'theirs');
      },
    ],
    ['a file', (path: string) => writeFile(path, 'theirs')],
    ['a link to nothing', (path: string) => symlink('nowhere', path)],
    [
      'a link to an empty folder',
      async (path: string) => {
        await mkdir(join(dirname(path), 'other'));
        await symlink('other', path);
      },
    ],
  ])('%s, seen before anything is made', async (_, make) => {
    await using scratch = await scratchFolder();
    const target = join(scratch.path, 'model');
    await make(target);
    const before = await lstat(target);
    const fs = new FaultyFileSystem(nodeFileSystem);
    await expect(createAtomicFolder(fs, target, smallEntries)).rejects.toMatchObject({
      code: 'target-exists',
    });
    expect(fs.calls.filter((call) => call.startsWith('mkdir'))).toEqual([]);
    expect((await lstat(target)).ino).toBe(before.ino);
  });

  test.each([
    ['nothing', nodeFileSystem],
    ['nothing', neverReplacing],
  ])('a file that appears in the target while writing (%s was there)', async (_, fs) => {
    await using scratch = await scratchFolder();
    const target = join(scratch.path, 'model');
    const folder = await createAtomicFolder(fs, target, bare);
    await mkdir(target);
    await writeFile(join(target, 'theirs'), 'theirs');
    await expect(folder.publish()).rejects.toMatchObject({ code: 'target-exists' });
    expect(await readdir(scratch.path)).toEqual(['model']);
    expect(await readdir(target)).toEqual(['theirs']);
  });

  test('a file that appears in the instant before the rename', async () => {
    await using scratch = await scratchFolder();
    const target = join(scratch.path, 'model');
    const fs: FileSystem = {
      ...nodeFileSystem,
      rename: async (from, to) => {
        await writeFile(join(to, 'theirs'), 'theirs');
        await nodeFileSystem.rename(from, to);
      },
    };
    const folder = await createAtomicFolder(fs, target, bare);
    await expect(folder.publish()).rejects.toMatchObject({ code: 'target-exists' });
    expect(await readdir(scratch.path)).toEqual(['model']);
    expect(await readdir(target)).toEqual(['theirs']);
  });
});

describe('a hostile delta makes nothing', () => {
  const hostile: [string, Partial<ModelEntries>][] = [
    ['a file above the folder', { files: [file('../evil')] }],
    ['an absolute file', { files: [file('/tmp/evil')] }],
    ['a folder above the folder', { folders: [file('../evil')] }],
    ['a link above the folder', { links: [{ path: '../evil', target: 'a' }] }],
    ['a link to an absolute path', { links: [{ path: 'evil', target: '/etc/passwd' }] }],
    ['a link that leads out', { links: [{ path: 'a/evil', target: '../../x' }] }],
    ['a link that goes down before it climbs', { links: [{ path: 'evil', target: 'd/../../x' }] }],
    ['a file through a link', { links: [{ path: 'a', target: 'b' }], files: [file('a/evil')] }],
    ['a name that is both file and link', { links: [{ path: 'a', target: 'b' }], files: [file('a')] }],
    ['a name given twice', { files: [file('a'), file('a')] }],
    ['a mode that is none', { files: [{ ...file('a'), mode: 0o100644 }] }],
    ['a negative mode', { folders: [{ ...file('a'), mode: -1 }] }],
    ['a time that is none', { files: [{ ...file('a'), mtimeNs: '1e999' }] }],
    ['a time beyond all disks', { root: { mode: 0o755, mtimeNs: '9999999999999999999' } }],
  ];
  test.each(hostile)('%s', async (_, entries) => {
    await using scratch = await scratchFolder();
    const fs = new FaultyFileSystem(nodeFileSystem);
    const refused = createAtomicFolder(fs, join(scratch.path, 'model'), { ...bare, ...entries });
    await expect(refused).rejects.toMatchObject({ code: 'delta-damaged' });
    expect(fs.calls).toEqual([]);
  });

  test('a set-user-id bit is not given back', async () => {
    await using scratch = await scratchFolder();
    const target = join(scratch.path, 'model');
    await restore(nodeFileSystem, target, { ...bare, files: [{ ...file('run'), mode: 0o6755 }] });
    expect((await nodeFileSystem.lstat(join(target, 'run'))).mode).toBe(0o755);
  });

  test('a link that comes to stand in the way while writing is not written through', async () => {
    await using scratch = await scratchFolder();
    const outside = join(scratch.path, 'outside');
    await mkdir(outside);
    const folder = await createAtomicFolder(nodeFileSystem, join(scratch.path, 'model'), {
      ...bare,
      files: [file('sub/evil')],
    });
    const [temporary = ''] = (await readdir(scratch.path)).filter(isTemporaryName);
    await nodeFileSystem.rmdir(join(scratch.path, temporary, 'sub'));
    await symlink(outside, join(scratch.path, temporary, 'sub'));
    await expect(folder.createFile('sub/evil')).rejects.toMatchObject({ code: 'internal' });
    expect(await readdir(outside)).toEqual([]);
    await folder.discard();
    expect(await readdir(outside)).toEqual([]);
  });
});

describe('names that one volume takes for the same', () => {
  test.each<[string, Partial<ModelEntries>]>([
    ['two files', { files: [file('a/Vocab'), file('a/vocab')] }],
    ['two folders', { folders: [file('Vocab'), file('vocab')] }],
    ['a file and a link', { files: [file('Vocab')], links: [{ path: 'vocab', target: 'x' }] }],
  ])('%s: refused, nothing overwritten, nothing left', async (_, entries) => {
    await using scratch = await scratchFolder();
    const target = join(scratch.path, 'model');
    await expect(restore(caseBlind, target, { ...bare, ...entries })).rejects.toMatchObject({
      code: 'not-writable',
      message: expect.stringContaining('does not tell them apart') as string,
    });
    expect(await readdir(scratch.path)).toEqual([]);
    await restore(nodeFileSystem, target, { ...bare, ...entries });
  });
});

describe('used wrongly, it fails and leaves nothing', () => {
  test('published before a file is complete', async () => {
    await using scratch = await scratchFolder();
    const folder = await createAtomicFolder(nodeFileSystem, join(scratch.path, 'model'), smallEntries);
    await folder.createFile('config.json');
    await expect(folder.publish()).rejects.toMatchObject({ code: 'internal' });
    expect(await readdir(scratch.path)).toEqual([]);
    await expect(folder.createFile('config.json')).rejects.toMatchObject({ code: 'internal' });
    await expect(folder.publish()).rejects.toMatchObject({ code: 'internal' });
  });

  test('a file that no entry names', async () => {
    await using scratch = await scratchFolder();
    const folder = await createAtomicFolder(nodeFileSystem, join(scratch.path, 'model'), bare);
    await expect(folder.createFile('other')).rejects.toMatchObject({ code: 'internal' });
    await folder.discard();
    expect(await readdir(scratch.path)).toEqual([]);
  });
});

test('discarding removes only what it made', async () => {
  await using scratch = await scratchFolder();
  const folder = await createAtomicFolder(nodeFileSystem, join(scratch.path, 'model'), smallEntries);
  const [temporary = ''] = await readdir(scratch.path);
  await writeFile(join(scratch.path, temporary, 'theirs'), 'theirs');
  await folder.discard();
  expect(await readdir(join(scratch.path, temporary))).toEqual(['theirs']);
});

describe('folders whose mode closes them', () => {
  const closed: FolderEntries = {
    ...bare,
    files: [file('a/b/c')],
    folders: [
      { ...file('a'), mode: 0o000 },
      { ...file('a/b'), mode: 0o400 },
    ],
  };

  test('are closed when all in them is done', async () => {
    await using scratch = await scratchFolder();
    const target = join(scratch.path, 'model');
    await restore(heedingModes, target, closed);
    expect((await nodeFileSystem.lstat(join(target, 'a'))).mode).toBe(0o000);
    await nodeFileSystem.chmod(join(target, 'a'), 0o700);
    expect((await nodeFileSystem.lstat(join(target, 'a', 'b'))).mode).toBe(0o400);
  });

  test('are opened again to be removed', async () => {
    await using scratch = await scratchFolder();
    const target = join(scratch.path, 'model');
    const fs: FileSystem = {
      ...heedingModes,
      rename: () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })),
    };
    await expect(restore(fs, target, closed)).rejects.toMatchObject({ code: 'write-failed' });
    expect(await readdir(scratch.path)).toEqual([]);
  });
});

test('all is flushed before the folder gets its name, and the name itself after it', async () => {
  await using scratch = await scratchFolder();
  const fs = new FaultyFileSystem(nodeFileSystem);
  await restore(fs, join(scratch.path, 'model'));
  const steps = fs.calls
    .filter((call) => /^(fsync|rename) /u.test(call))
    .map((call) => call.replace(scratch.path, '').replace(/\.deltashelf-\w+\.tmp/u, 'TMP'));
  expect(steps).toEqual([
    ...smallEntries.files.map(({ path }) => `fsync /TMP/${path}`),
    'fsync /TMP/tokenizer',
    'fsync /TMP/empty',
    'fsync /TMP',
    'rename /model',
    'fsync ',
  ]);
});

test('the top of another disk is refused before anything is written', async () => {
  await using scratch = await scratchFolder();
  const target = join(scratch.path, 'model');
  await mkdir(target);
  const fs: FileSystem = {
    ...nodeFileSystem,
    lstat: async (path) => ({ ...(await nodeFileSystem.lstat(path)), dev: path === target ? 1n : 2n }),
  };
  await expect(createAtomicFolder(fs, target, bare)).rejects.toMatchObject({ code: 'not-writable' });
  expect(await readdir(scratch.path)).toEqual(['model']);
});

test('links are restored as they were written', async () => {
  await using scratch = await scratchFolder();
  const target = join(scratch.path, 'model');
  const links = [
    { path: 'a', target: './b' },
    { path: 'missing', target: 'not/there' },
    { path: 'sub/deep/up', target: '../..//a' },
  ];
  await restore(nodeFileSystem, target, { ...bare, links });
  for (const link of links) expect(await readlink(join(target, link.path))).toBe(link.target);
});
