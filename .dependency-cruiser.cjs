// The rooms of src/ and which rooms each may import: imports point down only. test/project/borders.test.ts plants a
// forbidden import for each border and expects it to be reported.

const engine = ['engine', 'shared'];
const lineage = ['lineage', ...engine];
const library = ['library', ...lineage];
const quality = ['quality', ...lineage];
const bench = ['bench', 'library', ...quality];
const service = ['service', 'library', ...quality];

/** Room -> rooms it may import. Faces stand last: no other room may import them, not even another face. */
const mayImport = {
  shared: ['shared'],
  engine,
  lineage,
  library,
  quality,
  bench,
  service,
  renderer: ['renderer', 'shared'],
  preload: ['preload', 'shared'],
  cli: ['cli', 'bench', ...service],
  web: ['web', ...service],
  desktop: ['desktop', ...service],
};

const outsideMain = ['shared', 'renderer', 'preload'];
/** @param {string} room */
const folder = (room) => `^src/${outsideMain.includes(room) ? '' : 'main/'}${room}/`;

const borders = Object.entries(mayImport).map(([room, allowed]) => ({
  name: `border-${room}`,
  comment: `${room} may import only: ${allowed.join(', ')}.`,
  severity: 'error',
  from: { path: folder(room) },
  to: { path: '^src/', pathNot: allowed.map(folder) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...borders,
    {
      name: 'no-unknown-room',
      comment: 'Every source file lives in a room that this file knows.',
      severity: 'error',
      from: { path: '^src/', pathNot: Object.keys(mayImport).map(folder) },
      to: {},
    },
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one file, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'page-without-node',
      comment: 'What the page runs has no Node: shared and renderer import no built-in module.',
      severity: 'error',
      from: { path: ['shared', 'renderer'].map(folder) },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'electron-stays-outside',
      comment: 'Only the desktop face and the preload script know that there is Electron.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['desktop', 'preload'].map(folder) },
      to: { path: ['^electron$', 'node_modules/electron/'] },
    },
    {
      name: 'engine-without-database',
      comment: 'The engine knows bytes and tensors; what a person keeps is the library’s.',
      severity: 'error',
      from: { path: folder('engine') },
      to: { path: ['^node:sqlite$', '^better-sqlite3$', 'node_modules/better-sqlite3/'] },
    },
    {
      name: 'kernels-by-wasm-only',
      comment: 'AssemblyScript is another language: its files are compiled, never imported.',
      severity: 'error',
      from: { pathNot: '^src/main/engine/kernels/assembly/' },
      to: { path: '^src/main/engine/kernels/assembly/' },
    },
    {
      name: 'product-without-tests',
      comment: 'What ships imports neither tests nor tools.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: ['^test/', '^scripts/', '^[^/]+[.]config[.]ts$'] },
    },
    {
      name: 'shipped-dependencies-only',
      comment:
        'What src imports must be in "dependencies", or it is missing where the product is installed. But for ' +
        'Electron, which is what the desktop app is installed in.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        pathNot: '^node_modules/electron/',
        dependencyTypes: ['npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'import-exists',
      comment: 'An import that leads nowhere hides whatever border it crosses.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^electron$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(build|out)/' },
    // Type imports count: a border crossed by a type is crossed.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
