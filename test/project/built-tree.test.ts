// `npm run check:package`: what is built would start as an app; and what would not is found.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { builtTreeProblems } from '../../scripts/built-tree.mjs';
import { packaging } from '../../scripts/packaging.mjs';
import { shippedPackages } from '../../scripts/shipped-packages.mjs';

const root = join(import.meta.dirname, '../..');

test('all parts of the app are where they are looked for', () => {
  expect(builtTreeProblems(root, packaging, shippedPackages(root).inApp)).toEqual([]);
});

const inApp = ['better-sqlite3', 'zod'];

/** A small app in which all is well. */
const sound: Readonly<Record<string, string>> = {
  'package.json': '{ "main": "out/main/desktop.js" }',
  'out/main/desktop.js':
    "import { app } from 'electron';\nimport { z } from 'zod';\nimport './shared-1.js';\n" +
    "new URL('./service-process.js', import.meta.url);\nnew URL('../renderer', import.meta.url);\n",
  'out/main/shared-1.js': "import { join } from 'node:path';\nexport { join };\n",
  'out/main/service-process.js':
    "import Database from 'better-sqlite3';\nawait import('./shared-1.js');\nnew URL('./kernels.wasm', import.meta.url);\n",
  'out/main/pool-worker.js': '',
  'out/main/kernels.wasm': '',
  'out/preload/index.cjs': 'const electron = require("electron");',
  'out/renderer/index.html': '',
  'node_modules/zod/package.json': '{}',
  'node_modules/better-sqlite3/package.json': '{}',
  ...Object.fromEntries(
    ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'].map((name) => [
      `node_modules/better-sqlite3/prebuilds/${name}.node`,
      '',
    ]),
  ),
};

/** The problems of the small app with some files changed; null takes one away. */
function problems(changed: Readonly<Record<string, string | null>>, packing = packaging): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'deltashelf-tree-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries({ ...sound, ...changed })) {
    if (text === null) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return builtTreeProblems(folder, packing, inApp);
}

test('a sound app has no problems', () => {
  expect(problems({})).toEqual([]);
});

test.each<[string, Record<string, string | null>, string]>([
  ['no main script', { 'out/main/desktop.js': null }, 'desktop.js is not built'],
  ['another main script', { 'package.json': '{ "main": "index.js" }' }, 'does not name'],
  ['no page', { 'out/renderer/index.html': null }, 'index.html is not built'],
  ['no preload script', { 'out/preload/index.cjs': null }, 'nothing is built'],
  ['a preload script in two files', { 'out/preload/chunk.cjs': '' }, 'chunk.cjs'],
  [
    'a preload script that requires more',
    { 'out/preload/index.cjs': 'require("node:fs")' },
    'requires node:fs',
  ],
  ['a preload script that imports', { 'out/preload/index.cjs': "import 'electron';" }, 'no CommonJS'],
  ['a chunk that is not there', { 'out/main/shared-1.js': null }, 'shared-1.js is imported'],
  ['a package that does not ship', { 'out/main/shared-1.js': "import 'vite';" }, 'imports vite'],
  ['a package that is not installed', { 'node_modules/zod/package.json': null }, 'zod is not installed'],
  [
    'a library in the main process',
    { 'out/main/shared-1.js': "import 'better-sqlite3';" },
    'loads the database',
  ],
  ['electron in the service', { 'out/main/service-process.js': "import 'electron';" }, 'imports electron'],
  ['kernels that are not there', { 'out/main/kernels.wasm': null }, 'looks for out/main/kernels.wasm'],
  [
    'no native part',
    { 'node_modules/better-sqlite3/prebuilds/win32-arm64.node': null },
    'For win32 on arm64, nothing',
  ],
])('found: %s', (_, changed, sentence) => {
  expect(problems(changed).join('\n')).toContain(sentence);
});

test('found: what is built and not packed, or packed where it cannot be used', () => {
  const files = packaging.files.filter((pattern) => pattern !== 'out/renderer/**');
  expect(problems({}, { ...packaging, files })).toEqual([
    'out/main/desktop.js looks for out/renderer, which is not packed.',
  ]);
  expect(
    problems({}, { ...packaging, files: [...packaging.files, '!out/main/shared-*.js'] }).join('\n'),
  ).toContain('out/main/shared-1.js is needed');
  expect(problems({}, { ...packaging, files: [...packaging.files, '!node_modules/zod/**'] })).toEqual([
    'zod is left out of the app.',
  ]);
  expect(problems({}, { ...packaging, asarUnpack: ['out/main/**'] })).toHaveLength(2);
  expect(problems({}, { ...packaging, asarUnpack: ['node_modules/**'] })).toHaveLength(3);
  const targets = packaging.targets.map((target) => ({ ...target, files: [] }));
  expect(problems({}, { ...packaging, targets })).toHaveLength(6);
});
