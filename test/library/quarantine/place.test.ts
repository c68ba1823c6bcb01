import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import {
  chooseQuarantine,
  endProbe,
  planProbe,
  probeQuarantine,
} from '../../../src/main/library/quarantine/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { namesIn } from '../deltas/listing.ts';

const hidden = '.deltashelf-quarantine';
let scratch: Awaited<ReturnType<typeof scratchFolder>>;
const at = (path: string): string => join(scratch.path, path);

beforeEach(async () => {
  scratch = await scratchFolder();
  await mkdir(at('outer/inner/model'), { recursive: true });
  await writeFile(at('outer/inner/model/weights'), 'weights');
});
afterEach(() => scratch[Symbol.asyncDispose]());

const choose = (watched: readonly string[], fs: FileSystem = nodeFileSystem) =>
  chooseQuarantine(fs, {
    model: at('outer/inner/model'),
    original: at('outer/inner/model/weights'),
    watched,
  });

test.each<[string, string[], string]>([
  ['nothing watched: beside the model', [], 'outer/inner'],
  ['above the watched folder', ['outer/inner'], 'outer'],
  ['above the outermost of two', ['outer/inner', 'outer'], '.'],
  ['the model itself watched', ['outer/inner/model'], 'outer/inner'],
  ['another folder watched', ['elsewhere'], 'outer/inner'],
])('%s', async (_, watched, expected) => {
  const [first] = await choose(watched.map((path) => at(path)));
  expect(first).toBe(join(at(expected), hidden));
});

test('a watched folder that is a link counts as what it points to', async () => {
  await symlink(at('outer'), at('link'));
  expect((await choose([at('link')]))[0]).toBe(at(hidden));
});

test('only places on the same volume', async () => {
  const mounted: FileSystem = {
    ...nodeFileSystem,
    async lstat(path) {
      const status = await nodeFileSystem.lstat(path);
      return path.startsWith(at('outer')) ? { ...status, dev: status.dev + 1n } : status;
    },
  };
  expect(await choose([], mounted)).toEqual([at(`outer/inner/${hidden}`), at(`outer/${hidden}`)]);
  await expect(choose([at('outer')], mounted)).rejects.toMatchObject({ code: 'refused' });
});

async function probe(places: readonly string[], fs: FileSystem = nodeFileSystem): Promise<string> {
  const planned = planProbe(places, at('outer/inner/model'));
  try {
    return await probeQuarantine(fs, planned);
  } catch (error) {
    await endProbe(nodeFileSystem, planned);
    throw error;
  }
}

test('the first place that can be made is made, private, and nothing of the probe stays', async () => {
  await writeFile(at(`outer/inner/${hidden}`), 'a file of that name');
  await mkdir(at('target'));
  await symlink(at('target'), at(`outer/${hidden}`));
  const place = await probe([at(`outer/inner/${hidden}`), at(`outer/${hidden}`), at(hidden)]);
  expect(place).toBe(at(hidden));
  expect((await nodeFileSystem.lstat(place)).mode & 0o777).toBe(0o700);
  expect(await namesIn(at('outer/inner/model'))).toEqual(['weights']);
  expect(await readdir(place)).toEqual([]);
  expect(await readdir(at('target'))).toEqual([]);
});

test('a place that is there and too open is closed', async () => {
  await mkdir(at(hidden));
  await chmod(at(hidden), 0o777);
  await probe([at(hidden)]);
  expect((await nodeFileSystem.lstat(at(hidden))).mode & 0o777).toBe(0o700);
});

test.each(['EACCES', 'EPERM', 'EROFS'])(
  '%s: the next place is tried, and where there is none it is said',
  async (code) => {
    const closed: FileSystem = {
      ...nodeFileSystem,
      mkdir: (path, mode) =>
        path === at(hidden)
          ? nodeFileSystem.mkdir(path, mode)
          : Promise.reject(Object.assign(new Error(code), { code })),
    };
    const places = [at(`outer/inner/${hidden}`), at(`outer/${hidden}`)];
    await expect(probe(places, closed)).rejects.toMatchObject({ code: 'refused' });
    expect(await probe([...places, at(hidden)], closed)).toBe(at(hidden));
  },
);

test.each([
  ['EXDEV', 'refused'],
  ['ENOSPC', 'disk-full'],
  ['EIO', 'write-failed'],
])('%s at the probe stops it', async (code, expected) => {
  const failing: FileSystem = {
    ...nodeFileSystem,
    rename: () => Promise.reject(Object.assign(new Error(code), { code })),
  };
  await expect(probe([at(hidden)], failing)).rejects.toMatchObject({ code: expected });
  expect(await namesIn(scratch.path)).toEqual(['outer']);
  expect(await namesIn(at('outer/inner/model'))).toEqual(['weights']);
});
