// Builds what is stale. Each product is made beside its place and then moved there: a build that fails, or is
// killed, leaves the former product and its marker.
import { build } from 'electron-vite';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceHash, staleParts } from './build-state.mjs';
import { runQuietly } from './child.mjs';
import { withLock } from './lock.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const staging = join(root, 'build/staging');

const builders = { kernels: buildKernels, bundle: buildBundle };

try {
  await withLock(root, buildStaleParts);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function buildStaleParts() {
  for (const part of staleParts(root)) {
    console.error(`Building ${part.product} ...`);
    // Hashed before: what is edited meanwhile makes the product stale, not wrongly fresh.
    const hash = sourceHash(root, part);
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(staging, { recursive: true });
    await builders[part.name]();
    writeFileSync(join(root, part.marker), hash);
  }
}

function buildKernels() {
  // As a program: the types of its module would declare AssemblyScript's globals for all our scripts.
  const compiler = join(root, 'node_modules/assemblyscript/bin/asc.js');
  const code = runQuietly(
    process.execPath,
    [
      compiler,
      'src/main/engine/kernels/assembly/index.ts',
      ...['--outFile', join(staging, 'kernels.wasm')],
      // No allocator and no bounds checks in the loops: callers hand out slots and check lengths at entry.
      ...['-O3', '--noAssert', '--runtime', 'stub'],
      // One shared memory for all workers, made outside. Given fewer pages than `initialMemory`, linking fails.
      ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
      ...['--enable', 'simd', '--enable', 'threads'],
    ],
    root,
  );
  if (code !== 0) throw new Error('The kernels do not compile.');
  renameSync(join(staging, 'kernels.wasm'), join(root, 'build/kernels.wasm'));
}

async function buildBundle() {
  // electron-vite asks the electron package for its version; while there is no window, that package is not here.
  process.env['ELECTRON_MAJOR_VER'] ??= '45';
  process.env['NODE_ENV'] ??= 'production';
  await build({ root, build: { outDir: staging }, logLevel: 'warn', ignoreConfigWarning: true });
  const out = join(root, 'out');
  const former = join(root, 'build/former');
  rmSync(former, { recursive: true, force: true });
  if (existsSync(out)) renameSync(out, former);
  renameSync(staging, out);
  rmSync(former, { recursive: true, force: true });
}
