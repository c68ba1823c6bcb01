import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem } from '../../../src/main/library/index.ts';
import { safeName } from '../../../src/main/library/vault/names.ts';
import { openVault, type Sidecar, type Vault } from '../../../src/main/library/vault/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let folder: string;
const vaults: Vault[] = [];

beforeEach(async () => {
  scratch = await scratchFolder();
  folder = join(scratch.path, 'vault');
});
afterEach(async () => {
  for (const vault of vaults.splice(0)) vault.close();
  await scratch[Symbol.asyncDispose]();
});

async function open(create = true): Promise<Vault> {
  const vault = await openVault(nodeFileSystem, folder, { create });
  vaults.push(vault);
  return vault;
}

function sidecar(name: string): Sidecar {
  return {
    format: 1,
    id: crypto.randomUUID(),
    name,
    kind: 'folder',
    path: `/models/${name}`,
    delta: { file: `${name}.dshelf`, bytes: 1, sha256: '0'.repeat(64), level: 'fast' },
    originalBytes: 4,
    files: [{ path: 'model.safetensors', size: 4, sha256: '1'.repeat(64), weights: true }],
    parents: [],
    lineage: [],
    createdAt: '2026-11-29T00:00:00.000Z',
    verifiedAt: null,
  };
}

test('a vault remembers what was put into it, and forgets what was removed', async () => {
  const [kept, removed] = [sidecar('kept'), sidecar('removed')];
  const vault = await open();
  await vault.putStored(kept);
  await vault.putStored(removed);
  await vault.putStored({ ...kept, verifiedAt: '2026-11-30T00:00:00.000Z' });
  await vault.removeStored(removed.id);
  vault.close();
  const again = await open(false);
  expect([...again.stored.values()]).toEqual([{ ...kept, verifiedAt: '2026-11-30T00:00:00.000Z' }]);
  expect(again.id).toBe(vault.id);
  expect(again.problems).toEqual([]);
});

test('a vault has one writer; the lock goes with it', async () => {
  const vault = await open();
  await expect(open()).rejects.toMatchObject({ code: 'in-use' });
  vault.close();
  await open();
});

test('no vault is made of a folder that holds something, nor where none is wanted', async () => {
  await expect(open(false)).rejects.toMatchObject({ code: 'not-found' });
  await mkdir(folder);
  await writeFile(join(folder, 'thesis.txt'), 'mine');
  await expect(open()).rejects.toMatchObject({ code: 'target-exists' });
  expect(await readdir(folder)).toEqual(['thesis.txt']);
});

test('names are free on volumes that do not tell case, and never those of the vault itself', async () => {
  const vault = await open();
  await vault.putStored(sidecar('Mistral'));
  expect(await vault.freeName('mistral')).toBe('mistral (2)');
  expect(await vault.freeName('Decisions')).toBe('Decisions (2)');
  expect(await vault.freeName('bases')).toBe('bases (2)');
  expect(await vault.freeName('mistral', 'bases')).toBe('mistral');
});

test.each([
  ['org/name@rev', 'org--name@rev'],
  ['../../etc/passwd', '--..--etc--passwd'],
  ['two\nlines', 'two_lines'],
  ['.hidden', 'hidden'],
  ['...', 'model'],
  ['', 'model'],
  ['con', 'model con'],
  ['ends in a dot.', 'ends in a dot'],
  ['a\u202egpj.exe', 'a_gpj.exe'],
  ['🦙 llama', '🦙 llama'],
  ['C:\\models\\x', 'C__models_x'],
])('the name %j becomes %j', (name, expected) => {
  expect(safeName(name)).toBe(expected);
});

test('a name of 255 bytes is cut between characters', () => {
  const name = safeName('é'.repeat(127));
  expect(Buffer.byteLength(name)).toBe(200);
  expect(name).toBe('é'.repeat(100));
});

const good = sidecar('good');
const hostile: Record<string, unknown> = {
  'no JSON': 'format: 1',
  'an array in an array in an array': '['.repeat(200_000),
  'a newer format': { ...good, format: 2 },
  'a key that is not known': { ...good, run: 'rm' },
  'a file that leads out': { ...good, files: [{ ...good.files[0], path: '../../.ssh/authorized_keys' }] },
  'an absolute file': { ...good, files: [{ ...good.files[0], path: '/etc/passwd' }] },
  'a file twice': { ...good, files: [good.files[0], good.files[0]] },
  'a delta elsewhere': { ...good, delta: { ...good.delta, file: '../other.dshelf' } },
  'a delta of another name': { ...good, delta: { ...good.delta, file: 'other.dshelf' } },
  'a negative size': { ...good, originalBytes: -1 },
  'a size beyond integers': { ...good, originalBytes: 1e300 },
  'a hash that is none': { ...good, delta: { ...good.delta, sha256: 'ff' } },
  'a path of a megabyte': { ...good, path: 'x'.repeat(1 << 20) },
  'one file, and two': { ...good, kind: 'file', files: [good.files[0], { ...good.files[0], path: 'b' }] },
};

test.each(Object.entries(hostile))(
  'a sidecar with %s is reported, kept, and not used',
  async (_, content) => {
    const vault = await open();
    vault.close();
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(join(folder, 'good.json'), text);
    const again = await open();
    expect(again.stored.size).toBe(0);
    expect(again.problems.map(({ file }) => file)).toEqual(['good.json']);
    expect(await readFile(join(folder, 'good.json'), 'utf8')).toBe(text);
  },
);

test('of two sidecars with one id the second is reported', async () => {
  const vault = await open();
  await vault.putStored(good);
  vault.close();
  await writeFile(
    join(folder, 'good copy.json'),
    JSON.stringify({ ...good, delta: { ...good.delta, file: 'good copy.dshelf' } }),
  );
  const again = await open();
  expect([...again.stored.keys()]).toEqual([good.id]);
  expect(again.problems).toHaveLength(1);
});

test('what was left behind under a temporary name is swept, and nothing else', async () => {
  const vault = await open();
  await mkdir(join(folder, '.deltashelf-0123456789abcdef.tmp/inner'), { recursive: true });
  await writeFile(join(folder, 'bases/.deltashelf-0123456789abcdef.tmp'), 'x');
  await writeFile(join(folder, '.deltashelf-mine.tmp'), 'x');
  await vault.sweep();
  expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual(['.deltashelf-mine.tmp']);
  expect(await readdir(join(folder, 'bases'))).toEqual([]);
});
