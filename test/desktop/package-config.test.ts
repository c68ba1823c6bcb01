// The configuration of packing, as data: packing itself needs Electron's program for each system.
import type { Configuration } from 'electron-builder';
import { readFileSync, statSync, type Stats } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import config from '../../electron-builder.config.mjs';

const root = join(import.meta.dirname, '../..');

/** Parts of the packer that its own package does not give out. */
const partOf = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
const { validateConfiguration } = partOf('app-builder-lib/out/util/config/config.js') as {
  validateConfiguration: (configuration: Configuration, logger: { isEnabled: boolean }) => Promise<void>;
};
const { FileMatcher } = partOf('app-builder-lib/out/fileMatcher.js') as {
  FileMatcher: new (
    from: string,
    to: string,
    expand: (pattern: string) => string,
    patterns: readonly string[],
  ) => { createFilter(): (path: string, stat: Stats) => boolean };
};

const valid = (configuration: object): Promise<void> =>
  validateConfiguration(configuration, { isEnabled: false });

/** The packer's own answer to which files of this folder are packed for a system. */
function packed(system: 'mac' | 'win' | 'linux', arch: string): (path: string) => boolean {
  const patterns = [config.files, config[system]?.files].flat() as string[];
  // Packages come along by themselves, so that only patterns that leave out count for them.
  const ofPackages = ['**/*', ...patterns.filter((pattern) => pattern.startsWith('!'))];
  const filter = (some: readonly string[]) =>
    new FileMatcher(root, '/packed', (pattern) => pattern.replaceAll('${arch}', arch), some).createFilter();
  const [own, packages] = [filter(patterns), filter(ofPackages)];
  return (path) => (path.startsWith('node_modules/') ? packages : own)(join(root, path), statSync(root));
}

test('the packer takes the configuration, and would not take any', async () => {
  await valid(structuredClone(config));
  await expect(valid({ ...structuredClone(config), electronFuse: {} })).rejects.toThrow('electronFuse');
});

test('the fuses leave Node only what the app needs of it', () => {
  expect(config.electronFuses).toEqual({
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableCookieEncryption: true,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  });
});

test('there is a package for each system, and none that fetches the next one', () => {
  const targets = [config.mac, config.win, config.linux].flatMap((system) =>
    [system?.target].flat().map((one) => (typeof one === 'object' ? one?.target : one)),
  );
  expect(targets).toEqual(['dmg', 'nsis', 'AppImage', 'deb']);
  expect(config.publish).toBeNull();
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  expect(Object.keys(dependencies).filter((name) => /updat|electron/u.test(name))).toEqual([]);
  expect(config.electronVersion).toBe(devDependencies['electron']);
});

test.each([
  ['mac', 'arm64', 'darwin-arm64'],
  ['mac', 'x64', 'darwin-x64'],
  ['win', 'x64', 'win32-x64'],
  ['win', 'arm64', 'win32-arm64'],
  ['linux', 'x64', 'linux-x64'],
  ['linux', 'arm64', 'linux-arm64'],
] as const)('%s on %s gets the native part of %s, and no other', (system, arch, own) => {
  const isPacked = packed(system, arch);
  const all = ['darwin-arm64', 'darwin-x64', 'win32-x64', 'win32-arm64', 'linux-x64', 'linux-arm64'];
  const natives = [...all, 'linuxmusl-x64', 'linuxmusl-arm64'];
  expect(natives.filter((name) => isPacked(`node_modules/better-sqlite3/prebuilds/${name}.node`))).toEqual([
    own,
  ]);
});

test('what the app consists of is packed, and nothing else', () => {
  const isPacked = packed('linux', 'x64');
  for (const path of [
    'package.json',
    'out/main/desktop.js',
    'out/main/service-process.js',
    'out/main/pool-worker.js',
    'out/main/kernels.wasm',
    'out/preload/index.cjs',
    'out/renderer/index.html',
    'resources/icons/icon.png',
    'resources/sample-library/sprout-base/README.md',
    'node_modules/better-sqlite3/lib/index.js',
    'node_modules/better-sqlite3/LICENSE',
    'node_modules/readdirp/index.js',
    'node_modules/zod/index.js',
  ]) {
    expect(isPacked(path), path).toBe(true);
  }
  for (const path of [
    'out/main/cli.js',
    'src/main/desktop/desktop.ts',
    'test/desktop/menu.test.ts',
    'scripts/run.mjs',
    'bench/README.md',
    'node_modules/better-sqlite3/deps/sqlite3/sqlite3.c',
    'node_modules/better-sqlite3/src/addon.cpp',
    'node_modules/vue/index.js',
    'node_modules/@vue/shared/index.js',
    'node_modules/zod/README.md',
  ]) {
    expect(isPacked(path), path).toBe(false);
  }
});
