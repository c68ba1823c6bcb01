import { lstat, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { errnoOf } from '../../../src/main/library/disk/failures.ts';
import type { FileSystem } from '../../../src/main/library/disk/file-system.ts';
import { nodeFileSystem } from '../../../src/main/library/disk/node-file-system.ts';
import { createAtomicFile, createAtomicFileIn } from '../../../src/main/library/disk/publish-file.ts';
import { isTemporaryName } from '../../../src/main/library/disk/temporary.ts';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { FaultyFileSystem } from '../../faults/faulty-file-system.ts';
import { forEachFault, type FaultOutcome } from '../../faults/for-each-fault.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { shortFileSystem } from '../../faults/short-file-system.ts';

const parts = [Buffer.from('first, '), Buffer.from('second, '), Buffer.from('third')];
const whole = 'first, second, third';
const metadata = { mode: 0o640, mtimeNs: '1700000000123456789' };

async function writeDelta(fs: FileSystem, folder: string): Promise<void> {
  const file = await createAtomicFile(fs, join(folder, 'child.dshelf'), metadata);
  try {
    for (const part of parts) await file.write(part);
    await file.publish();
  } finally {
    await file.discard();
  }
}

/** A volume without hard links, as exFAT is one. */
const withoutLinks: FileSystem = {
  ...nodeFileSystem,
  link: () => Promise.reject(Object.assign(new Error('EPERM: no links'), { code: 'EPERM' })),
};

async function expectWholeOrNothing(outcome: FaultOutcome, whenCrashed: readonly string[]): Promise<void> {
  const names = await readdir(outcome.folder);
  const found = names.includes('child.dshelf')
    ? await readFile(join(outcome.folder, 'child.dshelf'), 'utf8')
    : undefined;
  const crashed = outcome.fault === 'crash';
  expect([undefined, whole, ...(crashed ? whenCrashed : [])]).toContain(found);
  expect(await readFile(join(outcome.folder, 'neighbour'), 'utf8')).toBe('untouched');
  if (crashed) {
    expect(
      names.filter((name) => name !== 'child.dshelf' && name !== 'neighbour').filter(notTemporary),
    ).toEqual([]);
    return;
  }
  expect(names.filter(isTemporaryName)).toEqual([]);
  expect(outcome.openHandles).toBe(0);
  // Success is told exactly when the file is there.
  expect(found).toBe(outcome.error === undefined ? whole : undefined);
  if (outcome.error !== undefined) expectCode(outcome);
}

function notTemporary(name: string): boolean {
  return !isTemporaryName(name);
}

function expectCode({ error, fault }: FaultOutcome): void {
  const codes: Record<string, string> = {
    ENOSPC: 'disk-full',
    EACCES: 'not-writable',
    EROFS: 'not-writable',
  };
  expect(error).toBeInstanceOf(DeltashelfError);
  expect(error).toMatchObject({ code: codes[fault] ?? 'write-failed' });
}

const prepare = (folder: string) => writeFile(join(folder, 'neighbour'), 'untouched');

describe('a fault at every call', () => {
  test('with hard links: the whole file or nothing, and nothing temporary', async () => {
    const calls = await forEachFault({
      prepare,
      action: writeDelta,
      check: (outcome) => expectWholeOrNothing(outcome, []),
      faults: ['EIO', 'ENOSPC', 'EACCES', 'EROFS', 'crash'],
    });
    const names = calls.map((call) => call.replace(/\.deltashelf-\w+\.tmp/u, 'TMP'));
    expect(names.slice(-8)).toEqual([
      'fsync /TMP',
      'close /TMP',
      'lstat /TMP',
      'link /child.dshelf',
      'unlink /TMP',
      'open-folder ',
      'fsync ',
      'close ',
    ]);
  });

  test('without hard links: a crash may leave an empty reservation, nothing half', async () => {
    await forEachFault({
      prepare,
      action: writeDelta,
      check: (outcome) => expectWholeOrNothing(outcome, ['']),
      inner: withoutLinks,
    });
  });
});

describe.each([
  ['hard links', nodeFileSystem],
  ['no hard links', withoutLinks],
])('on a volume with %s', (_, fs) => {
  test('the file comes with its bytes, mode and time', async () => {
    await using scratch = await scratchFolder();
    await writeDelta(shortFileSystem(fs, 3), scratch.path);
    const path = join(scratch.path, 'child.dshelf');
    expect(await readFile(path, 'utf8')).toBe(whole);
    const status = await nodeFileSystem.lstat(path);
    expect(status.mode).toBe(0o640);
    expect(Number(status.mtimeNs - BigInt(metadata.mtimeNs))).toBeLessThanOrEqual(1000);
    expect(Number(status.mtimeNs - BigInt(metadata.mtimeNs))).toBeGreaterThanOrEqual(-1000);
    expect(status.names).toBe(1);
  });

  test('a file that appears while writing is kept, and nothing of ours stays', async () => {
    await using scratch = await scratchFolder();
    const path = join(scratch.path, 'child.dshelf');
    const file = await createAtomicFile(fs, path);
    await file.write(Buffer.from('ours'));
    await writeFile(path, 'theirs');
    await expect(file.publish()).rejects.toMatchObject({ code: 'target-exists' });
    expect(await readFile(path, 'utf8')).toBe('theirs');
    expect(await readdir(scratch.path)).toEqual(['child.dshelf']);
  });

  test('a link that appears while writing is kept, and is not written through', async () => {
    await using scratch = await scratchFolder();
    const path = join(scratch.path, 'child.dshelf');
    const file = await createAtomicFile(fs, path);
    await symlink('elsewhere', path);
    await expect(file.publish()).rejects.toMatchObject({ code: 'target-exists' });
    expect(await readdir(scratch.path)).toEqual(['child.dshelf']);
  });

  test('of two that publish under one name, one wins and both are told', async () => {
    await using scratch = await scratchFolder();
    const path = join(scratch.path, 'child.dshelf');
    const files = [await createAtomicFile(fs, path), await createAtomicFile(fs, path)];
    await Promise.all(files.map((file, index) => file.write(Buffer.from(`number ${index}`))));
    const results = await Promise.allSettled(files.map((file) => file.publish()));
    const winner = results.findIndex((result) => result.status === 'fulfilled');
    expect(results[1 - winner]).toMatchObject({ status: 'rejected', reason: { code: 'target-exists' } });
    expect(await readFile(path, 'utf8')).toBe(`number ${winner}`);
    expect(await readdir(scratch.path)).toEqual(['child.dshelf']);
  });
});

test('a name that is taken is refused before anything is written', async () => {
  await using scratch = await scratchFolder();
  await symlink('nowhere', join(scratch.path, 'dangling'));
  const fs = new FaultyFileSystem(nodeFileSystem);
  await expect(createAtomicFile(fs, join(scratch.path, 'dangling'))).rejects.toMatchObject({
    code: 'target-exists',
  });
  expect(fs.calls.map((call) => call.split(' ')[0])).toEqual(['lstat']);
});

test('a missing folder is named in the sentence', async () => {
  await using scratch = await scratchFolder();
  const path = join(scratch.path, 'gone', 'child.dshelf');
  const refused = createAtomicFile(nodeFileSystem, path);
  await expect(refused).rejects.toMatchObject({ code: 'write-failed', place: { file: path } });
  await expect(refused).rejects.toThrow('is gone; make it');
});

test('after a failed write the file cannot be published any more', async () => {
  await using scratch = await scratchFolder();
  const fs = new FaultyFileSystem(nodeFileSystem, { at: 3, fault: 'ENOSPC' });
  const file = await createAtomicFile(fs, join(scratch.path, 'child.dshelf'));
  await file.write(Buffer.from('first'));
  await expect(file.write(Buffer.from('second'))).rejects.toMatchObject({ code: 'disk-full' });
  await expect(file.publish()).rejects.toMatchObject({ code: 'internal' });
  expect(await readdir(scratch.path)).toEqual([]);
});

test('discarding removes the temporary file, also twice, and not a published one', async () => {
  await using scratch = await scratchFolder();
  const path = join(scratch.path, 'child.dshelf');
  const given = await createAtomicFile(nodeFileSystem, path);
  await given.write(Buffer.from('bytes'));
  await given.discard();
  await given.discard();
  expect(await readdir(scratch.path)).toEqual([]);
  const kept = await createAtomicFile(nodeFileSystem, path);
  await kept.publish();
  await kept.discard();
  expect((await lstat(path)).size).toBe(0);
});

test('an own file is not taken back when another program has replaced it', async () => {
  await using scratch = await scratchFolder();
  const path = join(scratch.path, 'child.dshelf');
  const replacing: FileSystem = {
    ...nodeFileSystem,
    open: async (place, purpose) => {
      if (purpose !== 'folder') return nodeFileSystem.open(place, purpose);
      await nodeFileSystem.unlink(path);
      await writeFile(path, 'theirs');
      throw Object.assign(new Error('EIO'), { code: 'EIO' });
    },
  };
  const file = await createAtomicFile(replacing, path);
  await expect(file.publish()).rejects.toMatchObject({ code: 'write-failed' });
  expect(await readFile(path, 'utf8')).toBe('theirs');
});

test('a disk that takes no bytes without a reason is a failure, not an endless loop', async () => {
  await using scratch = await scratchFolder();
  const file = await createAtomicFile(shortFileSystem(nodeFileSystem, 0), join(scratch.path, 'a'));
  await expect(file.write(Buffer.from('bytes'))).rejects.toMatchObject({ code: 'write-failed' });
  await file.discard();
});

test('a volume that keeps no modes gets the bytes and a warning', async () => {
  await using scratch = await scratchFolder();
  const fs: FileSystem = {
    ...nodeFileSystem,
    open: async (path, purpose) => ({
      ...(await nodeFileSystem.open(path, purpose)),
      chmod: () => Promise.reject(Object.assign(new Error('EPERM'), { code: 'EPERM' })),
    }),
  };
  const file = await createAtomicFile(fs, join(scratch.path, 'a'), metadata);
  expect(await file.publish()).toMatchObject([
    { sentence: expect.stringContaining('does not keep') as string },
  ]);
  expect(await readdir(scratch.path)).toEqual(['a']);
});

describe('into a folder that exists', () => {
  test('the file stands beside what is there', async () => {
    await using scratch = await scratchFolder();
    await prepare(scratch.path);
    const file = await createAtomicFileIn(nodeFileSystem, scratch.path, 'model.safetensors');
    await file.write(Buffer.from('bytes'));
    await file.publish();
    expect((await readdir(scratch.path)).sort()).toEqual(['model.safetensors', 'neighbour']);
  });

  test.each(['../outside', '/etc/passwd', '..', '', 'a\0b'])('the name %j is refused', async (name) => {
    await using scratch = await scratchFolder();
    await expect(createAtomicFileIn(nodeFileSystem, scratch.path, name)).rejects.toMatchObject({
      code: 'delta-damaged',
    });
    expect(await readdir(scratch.path)).toEqual([]);
  });

  test('a missing folder is a failure to write', async () => {
    await using scratch = await scratchFolder();
    const failed: unknown = await createAtomicFileIn(nodeFileSystem, join(scratch.path, 'gone'), 'a').catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({ code: 'write-failed' });
    expect(errnoOf((failed as DeltashelfError).cause)).toBe('ENOENT');
  });
});
