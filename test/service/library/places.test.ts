// Folders of programs that people have: what lies there is told, within seconds, and nothing is written.
import { cp, link, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem, type Surroundings } from '../../../src/main/library/index.ts';
import { testLibrary, type TestLibrary } from './opened.ts';

const samples = fileURLToPath(new URL('../../../resources/sample-library', import.meta.url));

let library: TestLibrary;
let surroundings: Surroundings;
beforeEach(async () => {
  library = await testLibrary();
  surroundings = { platform: 'linux', home: library.at('person'), variables: {} };
  await library.reopen({ surroundings });
});
afterEach(async () => {
  await library[Symbol.asyncDispose]();
});

const put = async (name: string, to: string): Promise<void> => {
  await mkdir(dirname(library.at(to)), { recursive: true });
  await cp(join(samples, name), library.at(to), { recursive: true });
};
const places = async () =>
  (await library.call('places', {})).places.filter(({ path }) => path.startsWith(library.folder));
const studio = 'person/.lmstudio/models';

test('a place is told with its models, their bytes, and a guess at what would be freed', async () => {
  await put('sprout-base', `${studio}/sprouts/base`);
  await put('sprout-python', `${studio}/sprouts/python`);
  await put('sprout-bible', `${studio}/sprouts/bible`);
  const [place, ...others] = await places();
  expect(others).toEqual([]);
  expect(place).toMatchObject({ name: 'LM Studio', path: library.at(studio), models: 3, watched: false });
  // Two of the three free half of their weights, about.
  const weights = 1_743_056;
  expect(place?.freesBytes).toBeGreaterThan(weights * 0.95);
  expect(place?.freesBytes).toBeLessThanOrEqual(weights);
  expect(place?.bytes).toBeGreaterThan(3 * weights);
});

test('links and second names free nothing and count once', async () => {
  await put('sprout-base', `${studio}/sprouts/base`);
  await put('sprout-python', 'elsewhere/python');
  await mkdir(library.at(`${studio}/sprouts/linked`));
  await symlink(
    library.at('elsewhere/python/model.safetensors'),
    library.at(`${studio}/sprouts/linked/model.safetensors`),
  );
  await mkdir(library.at(`${studio}/sprouts/again`));
  await link(
    library.at(`${studio}/sprouts/base/model.safetensors`),
    library.at(`${studio}/sprouts/again/model.safetensors`),
  );
  const [place] = await places();
  expect(place).toMatchObject({ models: 3, freesBytes: 0 });
  expect(place?.bytes).toBeLessThan(2.2 * 1_743_056);
});

test('nothing is written: not there, and not into the catalogue', async () => {
  await put('sprout-base', `${studio}/sprouts/base`);
  // What other programs do to the disk meanwhile is not meant.
  const overview = async (): Promise<object> => {
    const { vault, ...rest } = await library.call('overview', {});
    return { ...rest, vault: { ...vault, freeBytes: null } };
  };
  const before = await overview();
  expect(await places()).toMatchObject([{ models: 1 }]);
  expect(await overview()).toEqual(before);
  expect((await library.call('list', {})).models).toEqual([]);
  expect(await readdir(library.at(studio))).toEqual(['sprouts']);
  expect(await readFile(library.at(`${studio}/sprouts/base/model.safetensors`))).toEqual(
    await readFile(join(samples, 'sprout-base', 'model.safetensors')),
  );
});

test('a place that is watched, or lies in one that is, is told as such', async () => {
  await put('sprout-base', `${studio}/sprouts/base`);
  await library.call('addFolder', { path: library.at('person/.lmstudio') });
  expect(await places()).toMatchObject([{ watched: true, models: 1 }]);
});

test('of a disk that answers slowly, what was found in time is told', async () => {
  await put('sprout-base', `${studio}/sprouts/base`);
  await mkdir(library.at('person/.ollama/models'), { recursive: true });
  const slow: FileSystem = {
    ...nodeFileSystem,
    async readdir(path) {
      if (path.endsWith('sprouts')) await new Promise((resolve) => setTimeout(resolve, 5500));
      return nodeFileSystem.readdir(path);
    },
  };
  await library.reopen({ fs: slow, surroundings });
  const { places: found, seconds } = await library.call('places', {});
  expect(seconds).toBeLessThan(8);
  const unknown = { models: null, bytes: null, freesBytes: null };
  expect(found.filter(({ path }) => path.startsWith(library.folder))).toMatchObject([unknown, unknown]);
}, 20_000);

test('without any such program there are no places', async () => {
  expect(await places()).toEqual([]);
});
