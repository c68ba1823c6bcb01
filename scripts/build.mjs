// Builds what is stale. Each product is made beside its place and then moved there: a build that fails, or is
// killed, leaves the former product and its marker.
import asc from 'assemblyscript/asc';
import { build } from 'electron-vite';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceHash, staleParts } from './build-state.mjs';
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

async function buildKernels() {
  const { error, stderr } = await asc.main([
    'src/main/engine/kernels/assembly/index.ts',
    ...['--baseDir', root, '--outFile', 'build/staging/kernels.wasm'],
    // No allocator and no bounds checks in the loops: callers hand out slots and check lengths at entry.
    ...['-O3', '--noAssert', '--runtime', 'stub'],
    // One shared memory for all workers, made outside. A page less than `initialMemory` fails to link.
    ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
    ...['--enable', 'simd', '--enable', 'threads'],
  ]);
  if (error !== null) throw new Error(`The kernels do not compile.\n${stderr.toString()}`);
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
