// The demo on the sample library: everything comes back, and nothing stays behind.
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { nodeFileSystem } from '../../src/main/library/index.ts';
import { demoResultSchema } from '../../src/shared/index.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';
import { changeHandles } from '../faults/short-file-system.ts';
import { failureOf, resultOf } from './run-command.ts';

const library = fileURLToPath(new URL('../../resources/sample-library', import.meta.url));

async function demoFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('deltashelf-demo-'));
}

test('every model of the sample library comes back identical', async () => {
  const before = await demoFolders();
  const { models, identical } = await resultOf(demoResultSchema, ['demo', '--threads', '1']);
  expect(identical).toBe(true);
  // The base stays, and so does the adapter, which has no relative; parents come before their children.
  expect(models.map(({ model, parent }) => [model, parent])).toEqual([
    ['sprout-blend', 'sprout-base'],
    ['sprout-cheader-merged', 'sprout-base'],
    ['sprout-man-fp32', 'sprout-base'],
    ['sprout-bible', 'sprout-blend'],
    ['sprout-python', 'sprout-blend'],
    ['sprout-python-v2', 'sprout-python'],
  ]);
  for (const row of models) expect(row.identical).toBe(true);
  expect(await demoFolders()).toEqual(before);
});

test('without the library it says so', async () => {
  const failure = await failureOf(['demo'], { sampleLibrary: '/nowhere/at/all' });
  expect(failure).toMatchObject({ exitCode: 8, code: 'not-found' });
});

test('one that came back different is told, with exit code 1', async () => {
  await using scratch = await scratchFolder();
  await cp(library, scratch.path, { recursive: true });
  // The library changes between storing and comparing.
  let spoiled = false;
  const fs = changeHandles(nodeFileSystem, (handle) => ({
    ...handle,
    async sync() {
      if (!spoiled) {
        spoiled = true;
        const card = `${scratch.path}/sprout-blend/README.md`;
        await writeFile(card, `${await readFile(card, 'utf8')}.`);
      }
      await handle.sync();
    },
  }));
  const args = ['demo', '--threads', '1'];
  const failure = await failureOf(args, { fs, sampleLibrary: scratch.path });
  expect(failure).toMatchObject({ exitCode: 1, code: 'internal' });
  expect(failure.sentence).toContain('sprout-blend');
});
