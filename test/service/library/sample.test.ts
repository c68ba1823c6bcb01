// The sample library goes into the home as a person's own: writable, deletable, whole or not at all.
import { chmod, cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import { testLibrary } from './opened.ts';

const samples = fileURLToPath(new URL('../../../resources/sample-library', import.meta.url));

test('files of a read-only installation can be written to and deleted where they were copied to', async () => {
  await using library = await testLibrary();
  const installed = library.at('installed');
  await cp(join(samples, 'sprout-base'), join(installed, 'sprout-base'), { recursive: true });
  await chmod(join(installed, 'sprout-base', 'model.safetensors'), 0o444);
  await chmod(join(installed, 'sprout-base'), 0o555);
  await library.reopen({ sample: installed });
  try {
    const { folders, models } = await library.call('addSample', {});
    expect(folders).toEqual([library.at('home/sample-library')]);
    expect(models).toBe(1);
  } finally {
    await chmod(join(installed, 'sprout-base'), 0o755);
  }
  const copied = library.at('home/sample-library/sprout-base');
  const weights = join(copied, 'model.safetensors');
  expect(await readFile(weights)).toEqual(await readFile(join(samples, 'sprout-base', 'model.safetensors')));
  expect((await stat(weights)).mode & 0o222).not.toBe(0);
  // Systems set times to a microsecond.
  expect((await stat(weights)).mtimeMs).toBeCloseTo(
    (await stat(join(installed, 'sprout-base', 'model.safetensors'))).mtimeMs,
    2,
  );
  await writeFile(join(copied, 'config.json'), '{}');
  await rm(copied, { recursive: true });
});

test('added again, what a person has made of it stays', async () => {
  await using library = await testLibrary();
  await library.reopen({ sample: samples });
  await library.call('addSample', {});
  await rm(library.at('home/sample-library/sprout-bible'), { recursive: true });
  await library.call('removeFolder', { path: library.at('home/sample-library') });
  expect((await library.call('overview', {})).sample).toBe(true);
  expect((await library.call('addSample', {})).models).toBe(7);
});

test('a program without one says so, and offers none', async () => {
  await using library = await testLibrary();
  expect((await library.call('overview', {})).sample).toBe(false);
  await expect(library.call('addSample', {})).rejects.toMatchObject({ code: 'not-found' });
});

test.each([1, 3, 20, 41])('a disk that fails at file %i leaves nothing behind', async (nth) => {
  await using library = await testLibrary();
  let created = 0;
  const failing: FileSystem = {
    ...nodeFileSystem,
    open: (path, purpose) =>
      purpose === 'create' && path.includes('.tmp') && ++created === nth
        ? Promise.reject(Object.assign(new Error('broken'), { code: 'EIO' }))
        : nodeFileSystem.open(path, purpose),
  };
  await library.reopen({ sample: samples, fs: failing });
  await expect(library.call('addSample', {})).rejects.toMatchObject({ code: 'write-failed' });
  expect((await readdir(library.at('home'))).filter((name) => /sample|tmp/u.test(name))).toEqual([]);
  expect(await library.call('overview', {})).toMatchObject({ folders: [], sample: true });
  expect((await library.call('addSample', {})).models).toBe(8);
});

test('cancelled, it leaves nothing behind', async () => {
  await using library = await testLibrary();
  await library.reopen({ sample: samples });
  const cancel = new AbortController();
  library.client.onEvent((event) => {
    if (event.event === 'job' && event.job.phase === 'copy') cancel.abort(new Error('enough'));
  });
  await expect(library.call('addSample', {}, cancel.signal)).rejects.toThrow('enough');
  expect((await readdir(library.at('home'))).filter((name) => /sample|tmp/u.test(name))).toEqual([]);
});
