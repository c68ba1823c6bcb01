import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/disk/index.ts';
import { scanFolder, Settler } from '../../../src/main/library/scan/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { u64, utf8 } from '../../fixtures/bytes.ts';
import { config, frozenClock, indexOf, plantTree, scanAll, st, type Tree } from './trees.ts';

/** The model that must be found whatever lies beside it. */
const good: Tree = { 'zz-good/x.safetensors': st('a') };
const longName = `${'é'.repeat(121)}.safetensors`;

interface Case {
  readonly tree: Tree;
  /** `why path` of each skipped place. */
  readonly skipped?: readonly string[];
  /** Names of models beside the good one. */
  readonly models?: readonly string[];
}

const table: Readonly<Record<string, Case>> = {
  'a link to the folder above': { tree: { 'a/up': { link: '..' } }, skipped: ['link a/up'] },
  'a link to itself': { tree: { 'a/me': { link: 'me' } }, skipped: ['link-loop a/me'] },
  'two links to each other': {
    tree: { 'a/x': { link: 'y' }, 'a/y': { link: 'x' } },
    skipped: ['link-loop a/x', 'link-loop a/y'],
  },
  'a link to nothing': {
    tree: { 'a/gone.safetensors': { link: 'nothing' } },
    skipped: ['link a/gone.safetensors'],
  },
  'a link to a folder with models': {
    tree: { 'a/models': { link: '../zz-good' } },
    skipped: ['link a/models'],
  },
  'a link to a device': { tree: { 'a/null.safetensors': { link: '/dev/null' } } },
  'a name with a newline': { tree: { 'a/x\ny.safetensors': st('a') }, models: ['x\ny.safetensors'] },
  'a name with emoji': { tree: { 'a/🦙.safetensors': st('a') }, models: ['🦙.safetensors'] },
  'a name of 255 bytes': { tree: { [`a/${longName}`]: st('a') }, models: [longName] },
  'a name with a terminal escape': {
    tree: { 'a/\u001b[2J.safetensors': st('a') },
    models: ['\u001b[2J.safetensors'],
  },
  'a name with a backslash': {
    tree: { 'a/..\\x.safetensors': st('a') },
    skipped: ['name a/..\\x.safetensors'],
  },
  'a truncated file': {
    tree: { 'a/cut.safetensors': st('a').subarray(0, 90) },
    skipped: ['malformed a/cut.safetensors'],
  },
  'a header that reaches beyond the file': {
    tree: { 'a/x.safetensors': new Uint8Array([...u64(1000), ...utf8('{}')]) },
    skipped: ['malformed a/x.safetensors'],
  },
  'an empty file with a model name': { tree: { 'a/x.gguf': '' }, skipped: ['malformed a/x.gguf'] },
  'a file without tensors': {
    tree: { 'a/x.safetensors': new Uint8Array([...u64(2), ...utf8('{}')]) },
    skipped: ['malformed a/x.safetensors'],
  },
  'a Git LFS pointer': {
    tree: {
      'a/config.json': config,
      'a/model.safetensors': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    },
    skipped: ['malformed a'],
  },
  'texts that are no texts': {
    tree: {
      'a/config.json': new Uint8Array([0xff, 0xfe, 0x00]),
      'a/README.md': new Uint8Array(100_000).fill(0x80),
      'a/adapter_config.json': '['.repeat(100_000),
      'a/model.safetensors.index.json': '{"weight_map": 3}',
      'a/model.safetensors': st('a'),
    },
    models: ['a'],
  },
  'an index that names a path outside': {
    tree: {
      'a/model.safetensors.index.json': indexOf({ a: '../../etc/passwd' }),
      'a/model.safetensors': st('a'),
    },
    models: ['a'],
  },
  'shard names that count to 99999': {
    tree: { 'a/model-00001-of-99999.safetensors': st('a') },
    models: ['a'],
  },
  'a vault': {
    tree: { 'a/deltashelf-vault.json': '{}', 'a/x.safetensors': st('a'), 'a/b/y.safetensors': st('a') },
    skipped: ['own a'],
  },
  'a vault inside a model': {
    tree: {
      'a/config.json': config,
      'a/model.safetensors': st('a'),
      'a/vault/deltashelf-vault.json': '{}',
      'a/vault/x.dshelf': 'x',
    },
    models: ['a'],
    skipped: ['own a/vault'],
  },
  'a quarantine': {
    tree: { '.deltashelf-quarantine/x/y.safetensors': st('a') },
    skipped: ['own .deltashelf-quarantine'],
  },
  'unfinished downloads and our own note and work': {
    tree: {
      'a/x.safetensors.part': st('a'),
      'a/y.safetensors.incomplete': st('a'),
      'a/z.safetensors.crdownload': st('a'),
      'a/t.tmp': st('a'),
      'a/.deltashelf-0123456789abcdef.tmp': st('a'),
      'a/gone.deltashelf.txt': 'It is stored.',
    },
    skipped: [
      'temporary a/.deltashelf-0123456789abcdef.tmp',
      'temporary a/t.tmp',
      'temporary a/x.safetensors.part',
      'temporary a/y.safetensors.incomplete',
      'temporary a/z.safetensors.crdownload',
    ],
  },
};

test.for(Object.entries(table))('%s', async ([, { tree, skipped = [], models = [] }]) => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, { ...tree, ...good });
  const scanned = await scanAll(scratch.path);
  expect(scanned.models.map(({ name }) => name)).toEqual([...models, 'x.safetensors']);
  expect(scanned.skipped.map(({ why, path }) => `${why} ${path.slice(scratch.path.length + 1)}`)).toEqual(
    skipped,
  );
  for (const { sentence } of scanned.skipped) {
    expect(sentence).toMatch(/^"[^\n\u001b]+\.$/u);
  }
});

test('a name that is not valid Unicode is told and harms nothing', async () => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, good);
  await writeFile(
    Buffer.concat([Buffer.from(`${scratch.path}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.safetensors')]),
    st('a'),
  );
  const { models, skipped } = await scanAll(scratch.path);
  expect(models).toHaveLength(1);
  expect(skipped.map(({ why }) => why)).toEqual(['name']);
});

/** Another file system that refuses to do one thing at one path. */
function refusing(call: 'readdir' | 'open' | 'lstat', place: string, code: string): FileSystem {
  const refuse = (): never => {
    throw Object.assign(new Error(code), { code });
  };
  return {
    ...nodeFileSystem,
    [call]: async (path: string, purpose: never) =>
      path === place
        ? refuse()
        : await (nodeFileSystem[call] as (path: string, purpose: never) => Promise<unknown>)(path, purpose),
  };
}

test.for([
  { call: 'readdir', path: 'a', code: 'EACCES', why: 'unreadable' },
  { call: 'readdir', path: 'a', code: 'ENOENT', why: 'gone' },
  { call: 'readdir', path: 'a', code: 'EIO', why: 'unreadable' },
  { call: 'open', path: 'a/y.safetensors', code: 'EACCES', why: 'unreadable' },
  { call: 'open', path: 'a/y.safetensors', code: 'ENOENT', why: 'gone' },
  { call: 'lstat', path: 'a/y.safetensors', code: 'EIO', why: 'unreadable' },
] as const)(
  '$call $path fails with $code: it is skipped as $why, the rest is found',
  async ({ call, path, code, why }) => {
    await using scratch = await scratchFolder();
    await plantTree(scratch.path, { 'a/y.safetensors': st('a'), ...good });
    const { models, skipped } = await scanAll(scratch.path, {
      fs: refusing(call, join(scratch.path, path), code),
    });
    expect(models.map(({ name }) => name)).toEqual(['x.safetensors']);
    expect(skipped.map((place) => `${place.why} ${place.path}`)).toEqual([
      `${why} ${join(scratch.path, path)}`,
    ]);
  },
);

test('a folder that is removed while it is scanned is told as gone', async () => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, {
    'a/x.safetensors': st('a'),
    'b/x.safetensors': st('a'),
    'c/x.safetensors': st('a'),
  });
  const removed = join(scratch.path, 'b');
  const fs: FileSystem = {
    ...nodeFileSystem,
    async readdir(path) {
      if (path === removed) await rm(removed, { recursive: true });
      return nodeFileSystem.readdir(path);
    },
  };
  const { models, skipped } = await scanAll(scratch.path, { fs });
  expect(models).toHaveLength(2);
  expect(skipped.map(({ why, path }) => [why, path])).toEqual([['gone', removed]]);
});

test('a file that is cut while its header is read is left until it has settled', async () => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, { 'a/y.safetensors': st('a'), ...good });
  const place = join(scratch.path, 'a/y.safetensors');
  const fs: FileSystem = {
    ...nodeFileSystem,
    async open(path, purpose) {
      if (path === place) await writeFile(path, 'cut');
      return nodeFileSystem.open(path, purpose);
    },
  };
  const { models, skipped } = await scanAll(scratch.path, { fs });
  expect(models).toHaveLength(1);
  expect(skipped.map(({ why }) => why)).toEqual(['unsettled']);
});

test('the root of a drive is scanned, without the folders that hold no disk', async () => {
  const fs = rootOnly();
  const { models, skipped } = await scanAll('/', { fs });
  expect(models).toEqual([]);
  expect(skipped).toEqual([]);
  expect(fs.entered).toEqual(['/', '/home', '/home/me']);
});

/** A file system of folders alone, whose root is that of a Unix system. */
function rootOnly(): FileSystem & { readonly entered: string[] } {
  const folders: Readonly<Record<string, readonly string[]>> = {
    '/': ['dev', 'home', 'proc', 'run', 'sys'],
    '/home': ['me'],
    '/home/me': [],
  };
  const entered: string[] = [];
  const status = { kind: 'folder', size: 0, mode: 0o755, mtimeNs: 0n, dev: 1n, names: 2 } as const;
  const numbers = ['/', ...Object.values(folders).flat()];
  return {
    ...nodeFileSystem,
    entered,
    realpath: async (path) => path,
    lstat: async (path) => ({
      ...status,
      ino: BigInt(numbers.indexOf(path.slice(path.lastIndexOf('/') + 1)) + 2),
    }),
    readdir: async (path) => {
      entered.push(path);
      return [...(folders[path] ?? ['endless'])];
    },
  };
}

test.for([
  { name: 'is missing', plant: async () => undefined, code: 'not-found' },
  { name: 'is a file', plant: (path: string) => writeFile(path, 'x'), code: 'not-readable' },
])('a watched folder that $name is an error that says so', async ({ plant, code }) => {
  await using scratch = await scratchFolder();
  const root = join(scratch.path, 'models');
  await plant(root);
  const error: unknown = await scanAll(root).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DeltashelfError);
  expect((error as DeltashelfError).code).toBe(code);
  expect((error as DeltashelfError).message).toContain('models');
});

test('a folder without any permission is told', async () => {
  await using scratch = await scratchFolder();
  await mkdir(join(scratch.path, 'a'));
  await chmod(join(scratch.path, 'a'), 0);
  await plantTree(scratch.path, good);
  const { models, skipped } = await scanAll(scratch.path);
  expect(models).toHaveLength(1);
  // The administrator may read it all the same.
  expect(skipped.map(({ why }) => why)).toEqual(process.getuid?.() === 0 ? [] : ['unreadable']);
});

test('cancelling ends the scan with the reason, between two models', async () => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, { 'a.safetensors': st('a'), 'b.safetensors': st('b') });
  const controller = new AbortController();
  const reason = new DeltashelfError('cancelled', 'Cancelled.');
  const tools = { fs: nodeFileSystem, settler: new Settler(frozenClock()) };
  let found = 0;
  const scan = async (): Promise<void> => {
    for await (const finding of scanFolder(tools, scratch.path, () => undefined, controller)) {
      found += Number(finding.kind === 'model');
      controller.abort(reason);
    }
  };
  await expect(scan()).rejects.toBe(reason);
  expect(found).toBe(1);
});
