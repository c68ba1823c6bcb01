// How the app is packed for people. test/desktop/package-config.test.ts checks it as data, as packing needs Electron's
// program for each system; `npm run check:package` checks that what is packed would find all its parts.
import { shippedPackages } from './scripts/shipped-packages.mjs';

const { notInApp } = shippedPackages(import.meta.dirname);

/** Of the native part of the database, which comes for all systems, the one of a system. */
const nativeOf = (/** @type {string} */ platform) =>
  `!node_modules/better-sqlite3/prebuilds/!(${platform}-\${arch}.node)`;

/** @type {import('electron-builder').Configuration} */
export default {
  appId: 'org.deltashelf.app',
  productName: 'Deltashelf',
  copyright: 'MIT licence',
  electronVersion: '45.4.1',
  // The package for Debian asks for an address; there is none.
  extraMetadata: { homepage: 'https://deltashelf.invalid' },
  directories: { output: 'build/packages', buildResources: 'resources/icons' },
  artifactName: '${productName}-${version}-${os}-${arch}.${ext}',
  // It looks for no newer version of itself, and nothing is sent anywhere: not by the app, and not by packing it.
  publish: null,
  files: [
    'package.json',
    'out/main/**',
    'out/preload/**',
    'out/renderer/**',
    'resources/icons/icon.png',
    'resources/sample-library/**',
    // Command line and web host are what npm installs; without its own Node the app cannot run them.
    '!out/main/{cli,serve}.js',
    ...notInApp.map((name) => `!node_modules/${name}/**`),
    '!node_modules/better-sqlite3/{deps,src}/**',
    '!node_modules/better-sqlite3/binding.gyp',
    '!node_modules/**/*.{d.ts,d.mts,d.cts,map,md}',
  ],
  asar: true,
  // Worker threads and native parts cannot be read from an archive, nor can a utility process import from one.
  asarUnpack: ['out/main/**', 'resources/**', 'node_modules/**'],
  // All native parts come prebuilt, for Node's own interface: one file for Node and Electron.
  npmRebuild: false,
  electronFuses: {
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableCookieEncryption: true,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  },
  mac: {
    target: [{ target: 'dmg', arch: ['arm64', 'x64'] }],
    category: 'public.app-category.utilities',
    icon: 'resources/icons/icon.png',
    files: [nativeOf('darwin')],
    darkModeSupport: true,
    hardenedRuntime: true,
  },
  win: {
    target: [{ target: 'nsis', arch: ['x64', 'arm64'] }],
    icon: 'resources/icons/icon.png',
    files: [nativeOf('win32')],
  },
  nsis: {
    oneClick: false,
    perMachine: false,
    allowToChangeInstallationDirectory: true,
    deleteAppDataOnUninstall: false,
  },
  linux: {
    target: [
      { target: 'AppImage', arch: ['x64', 'arm64'] },
      { target: 'deb', arch: ['x64', 'arm64'] },
    ],
    category: 'Utility',
    icon: 'resources/icons/icon.png',
    files: [nativeOf('linux')],
    synopsis: 'Keeps fine-tuned models as small, verified deltas',
    maintainer: 'Deltashelf <deltashelf@deltashelf.invalid>',
  },
};
