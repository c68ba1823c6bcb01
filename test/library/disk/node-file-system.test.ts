import { statfs } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { retryWhileBusy } from '../../../src/main/library/disk/busy.ts';
import { availableBytes } from '../../../src/main/library/disk/free-space.ts';
import { nodeFileSystem } from '../../../src/main/library/disk/node-file-system.ts';
import { FaultyFileSystem } from '../../faults/faulty-file-system.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { plant } from './small-model.ts';

test.each([
  0n,
  1n,
  999_999_999n,
  1_234_567_890_987_654_321n,
  1_763_719_746_123_456_789n,
  4_102_444_800_000_000_001n,
])('the time %s ns comes back to a microsecond, on files and folders', async (mtimeNs) => {
  await using scratch = await scratchFolder();
  const file = await plant(scratch.path, 'folder/file');
  for (const [path, purpose] of [
    [file, 'modify'],
    [join(scratch.path, 'folder'), 'folder'],
  ] as const) {
    const handle = await nodeFileSystem.open(path, purpose);
    await handle.utimes(mtimeNs);
    const { mtimeNs: found } = await handle.stat();
    await handle.close();
    expect(Math.abs(Number(found - mtimeNs))).toBeLessThanOrEqual(1000);
  }
});

describe('available bytes', () => {
  test('are those of the volume, also for a path that does not exist yet', async () => {
    await using scratch = await scratchFolder();
    const volume = await statfs(scratch.path);
    for (const path of [scratch.path, join(scratch.path, 'not', 'yet', 'there')]) {
      const available = await availableBytes(nodeFileSystem, path);
      // Others write too: the figure need only be about the same.
      expect(available / (volume.bavail * volume.bsize)).toBeCloseTo(1, 1);
    }
  });

  test('are told as not readable when the disk fails', async () => {
    const fs = new FaultyFileSystem(nodeFileSystem, { at: 0, fault: 'EIO' });
    await expect(availableBytes(fs, '/')).rejects.toMatchObject({ code: 'not-readable' });
  });
});

describe('a file that is busy on Windows', () => {
  const busy = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));

  test('is tried again until it is free', async () => {
    let calls = 0;
    const answer = await retryWhileBusy(() => {
      calls += 1;
      return calls < 3 ? busy('EBUSY') : Promise.resolve('free');
    }, 1);
    expect([answer, calls]).toEqual(['free', 3]);
  });

  test('fails in the end with what the system said', async () => {
    let calls = 0;
    const never = retryWhileBusy(() => {
      calls += 1;
      return busy('EPERM');
    }, 200);
    await expect(never).rejects.toMatchObject({ code: 'EPERM' });
    expect(calls).toBe(4);
  });

  test('is not tried again after another failure', async () => {
    let calls = 0;
    const failed = retryWhileBusy(() => {
      calls += 1;
      return busy('ENOSPC');
    }, 1);
    await expect(failed).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(calls).toBe(1);
  });
});
