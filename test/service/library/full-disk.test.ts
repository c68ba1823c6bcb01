// A disk that takes no byte more: what is known can still be looked at. That is when people want to free space.
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { testLibrary } from './opened.ts';

const samples = fileURLToPath(new URL('../../../resources/sample-library', import.meta.url));
const run = promisify(execFile);

// A limit of no bytes for files stands for the full disk: every write fails, and the signal for it is ignored.
test.skipIf(process.platform === 'win32')('models are listed although nothing can be written', async () => {
  await using library = await testLibrary();
  for (const name of ['sprout-base', 'sprout-python']) {
    await cp(join(samples, name), library.at(`models/${name}`), { recursive: true });
  }
  await library.call('addFolder', { path: library.at('models') });
  await library.call('compress', { models: ['sprout-python'] });
  const program = join(import.meta.dirname, 'list-home.ts');
  const shell = `trap '' XFSZ; ulimit -f 0; exec "$0" "$1" "$2"`;
  const { stdout } = await library.whileClosed(() =>
    run('sh', ['-c', shell, process.execPath, program, library.at('home')]),
  );
  const { models, warnings } = JSON.parse(stdout) as { models: unknown; warnings: { sentence: string }[] };
  expect(models).toEqual([
    ['sprout-base', 'original'],
    ['sprout-python', 'compressed'],
  ]);
  expect(warnings).toMatchObject([{ sentence: expect.stringMatching(/disk/u) as string }]);
  expect((await library.call('list', {})).warnings).toEqual([]);
});
