// What decides whether something is built or installed again, and that only one process does it.
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fingerprint } from '../../scripts/fingerprint.mjs';
import { withLock } from '../../scripts/lock.mjs';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deltashelf-fresh-'));
  await mkdir(join(folder, 'src/deep'), { recursive: true });
  await writeFile(join(folder, 'src/deep/a.ts'), 'a');
  await writeFile(join(folder, 'config.ts'), 'c');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const now = () => fingerprint(folder, ['src', 'config.ts', 'absent.ts']);

test('a fingerprint is of names and contents, not of times', async () => {
  const before = now();
  await utimes(join(folder, 'src/deep/a.ts'), 1, 1);
  expect(now()).toBe(before);
});

test('a changed, added, renamed or removed file changes the fingerprint', async () => {
  const seen = new Set([now()]);
  await writeFile(join(folder, 'src/deep/a.ts'), 'b');
  seen.add(now());
  await writeFile(join(folder, 'src/b.ts'), '');
  seen.add(now());
  await rm(join(folder, 'src/b.ts'));
  await writeFile(join(folder, 'src/c.ts'), '');
  seen.add(now());
  await rm(join(folder, 'config.ts'));
  seen.add(now());
  expect(seen.size).toBe(5);
});

test('work under the lock never overlaps', async () => {
  let inside = 0;
  const work = async () => {
    inside += 1;
    expect(inside).toBe(1);
    await sleep(20);
    inside -= 1;
  };
  await Promise.all([withLock(folder, work), withLock(folder, work), withLock(folder, work)]);
});

test('the lock goes with failed work, and does not outlive its process', async () => {
  await expect(withLock(folder, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  // No process has this number: it is above the largest that systems give out.
  await writeFile(join(folder, 'build/.lock'), '2147483646');
  expect(await withLock(folder, () => 'done')).toBe('done');
});
