import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { nodeFileSystem } from '../../../src/main/library/disk/node-file-system.ts';
import {
  checkLinkTarget,
  checkPath,
  checkPaths,
  isInside,
  joinInside,
} from '../../../src/main/library/disk/safe-path.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';

describe('attacks that no system may see', () => {
  test.each([
    ['climbing out', '../../.bashrc', 'parent-folder'],
    ['climbing out from within', 'a/../../b', 'parent-folder'],
    ['climbing within', 'a/../b', 'parent-folder'],
    ['the parent itself', '..', 'parent-folder'],
    ['an absolute path', '/etc/passwd', 'absolute'],
    ['a network root', '//server/share', 'absolute'],
    ['climbing with backslashes', '..\\..\\evil.dll', 'backslash'],
    ['a network share', '\\\\server\\share', 'backslash'],
    ['a drive', 'C:/Windows/evil.dll', 'drive'],
    ['a file relative to a drive', 'c:evil.dll', 'drive'],
    ['cutting the name short', 'model.safetensors\0.txt', 'nul'],
    ['no name', '', 'empty'],
    ['an empty part', 'a//b', 'empty-part'],
    ['an empty last part', 'a/', 'empty-part'],
    ['the folder itself', '.', 'current-folder'],
    ['a hidden current folder', 'a/./b', 'current-folder'],
    ['half a character', 'a\ud800', 'not-unicode'],
    ['a long name', 'n'.repeat(256), 'too-long'],
    ['a name that is long in bytes', 'ü'.repeat(128), 'too-long'],
    ['a long path', Array.from({ length: 30 }, () => 'n'.repeat(40)).join('/'), 'too-long'],
    ['a deep path', Array.from({ length: 33 }, () => 'n').join('/'), 'too-deep'],
  ])('%s', (_, path, reason) => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      expect(checkPath(path, platform)).toMatchObject({ path, reason, severity: 'unsafe' });
    }
  });
});

describe('names that Windows takes for something else', () => {
  test.each([
    ['the console', 'con', 'device-name'],
    ['a device with an extension', 'a/NUL.safetensors', 'device-name'],
    ['a device with spaces', 'aux .txt', 'device-name'],
    ['a device as a folder', 'Prn/model.bin', 'device-name'],
    ['a port', 'com1.log', 'device-name'],
    ['a port with a raised digit', 'LPT²', 'device-name'],
    ['the console by its other name', 'CONOUT$', 'device-name'],
    ['a hidden stream', 'model.bin:evil', 'reserved-character'],
    ['a wildcard', 'model*.bin', 'reserved-character'],
    ['a line break', 'model\n.bin', 'reserved-character'],
    ['an escape sequence', 'model\u001b[2J.bin', 'reserved-character'],
    ['a dot that is dropped', 'evil.exe.', 'trailing-dot-or-space'],
    ['a space that is dropped', 'a /b', 'trailing-dot-or-space'],
  ])('%s', (_, path, reason) => {
    expect(checkPath(path, 'win32')).toMatchObject({ path, reason, severity: 'unusable' });
    expect(checkPath(path, 'linux')).toMatchObject({ path, reason, severity: 'unportable' });
  });
});

test.each([
  'model-00001-of-00002.safetensors',
  'tokenizer/vocab.txt',
  '.gitattributes',
  '...',
  'a..b',
  'console.txt',
  'com10.log',
  'nullable',
  'Modell für Tests.gguf',
  '模型.bin',
  'n'.repeat(255),
])('the honest name %j passes everywhere, or is only unportable', (path) => {
  const expected = path === '...' ? 'unportable' : undefined;
  expect(checkPath(path, 'linux')?.severity).toBe(expected);
});

describe('names that are harmless alone', () => {
  test.each<[string, string[], string[], string, string]>([
    ['one name twice', ['a', 'b', 'a'], [], 'a', 'duplicate'],
    ['a file that is also a folder', ['a', 'a/b'], [], 'a/b', 'file-as-folder'],
    ['the same, the other way round', ['a/b', 'a'], [], 'a', 'file-as-folder'],
    ['a file below a link several folders up', ['a', 'a/b/c'], [], 'a/b/c', 'file-as-folder'],
    ['a folder named as a file is', ['a'], ['a'], 'a', 'file-as-folder'],
  ])('%s is unsafe', (_, leaves, folders, path, reason) => {
    expect(checkPaths(leaves, folders)).toMatchObject([{ path, reason, severity: 'unsafe' }]);
  });

  test.each<[string, string[], string]>([
    ['upper and lower case', ['Model.bin', 'model.bin'], 'model.bin'],
    ['composed and decomposed letters', ['caf\u00e9', 'cafe\u0301'], 'cafe\u0301'],
    ['sharp s and its capital', ['straße', 'STRASSE'], 'STRASSE'],
    ['an invisible joiner', ['a\u200db', 'ab'], 'ab'],
    ['folders that differ in case', ['Sub/a', 'sub/b'], 'sub/b'],
    ['a file and a folder that differ in case', ['Sub', 'sub/b'], 'sub/b'],
  ])('%s collide on some volumes', (_, leaves, path) => {
    expect(checkPaths(leaves)).toMatchObject([{ path, reason: 'collision', severity: 'unportable' }]);
  });

  test('folders may be named on their own and by what is in them', () => {
    expect(checkPaths(['a/b', 'a/c/d'], ['a', 'a/c', 'empty'])).toEqual([]);
  });
});

describe('targets of links', () => {
  test.each([
    ['a neighbour', 'a', 'b'],
    ['a file below', 'a', './sub/b'],
    ['a file above, inside', 'sub/a', '../b'],
    ['as high as it may', 'x/y/a', '../../b'],
    ['a folder with its slash', 'a', 'sub/'],
  ])('%s passes', (_, path, target) => {
    expect(checkLinkTarget(path, target)).toBeUndefined();
  });

  test.each([
    ['one step too high', 'sub/a', '../../b', 'parent-folder'],
    ['out of the model', 'a', '..', 'parent-folder'],
    ['down through what may be a link, then up', 'x/a', 'y/../b', 'parent-folder'],
    ['hidden behind the current folder', 'a', './././../b', 'parent-folder'],
    ['absolute', 'a', '/etc/passwd', 'absolute'],
    ['a drive', 'a', 'C:/b', 'drive'],
    ['backslashes', 'a', '..\\b', 'backslash'],
    ['cut short', 'a', 'b\0', 'nul'],
    ['nothing', 'a', '', 'empty'],
    ['half a character', 'a', '\udc00', 'not-unicode'],
    ['too long', 'a', 'n/'.repeat(600), 'too-long'],
  ])('%s is refused', (_, path, target, reason) => {
    expect(checkLinkTarget(path, target)).toMatchObject({ reason, severity: 'unsafe' });
  });
});

test('a name that passes stays inside its folder, whatever it is made of', () => {
  const part = fc.oneof(
    fc.constantFrom('..', '.', '', 'a', 'C:', '\\', '/', 'con', '\0'),
    fc.string({ maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const path = parts.join('/');
      if (checkPath(path)?.severity === 'unsafe') return;
      const joined = join('/root/model', ...path.split('/'));
      expect(joined).toBe(`/root/model/${path}`);
      expect(isInside('/root/model', joined)).toBe(true);
    }),
  );
});

test('what lies inside is told by its place, not by how its name begins', () => {
  expect(isInside('/models/a', '/models/a')).toBe(true);
  expect(isInside('/models/a', '/models/a/..b')).toBe(true);
  expect(isInside('/models/a', '/models/ab')).toBe(false);
  expect(isInside('/models/a', '/models')).toBe(false);
});

test('a folder that is a link out is not joined through', async () => {
  await using scratch = await scratchFolder();
  const root = join(scratch.path, 'model');
  await mkdir(join(root, 'in'), { recursive: true });
  await mkdir(join(scratch.path, 'model-other'));
  await symlink('../model-other', join(root, 'out'));
  await symlink('in', join(root, 'within'));
  expect(await joinInside(nodeFileSystem, root, 'out/a')).toBeUndefined();
  expect(await joinInside(nodeFileSystem, root, 'within/a')).toBe(join(root, 'within', 'a'));
  expect(await joinInside(nodeFileSystem, root, 'a')).toBe(join(root, 'a'));
});
