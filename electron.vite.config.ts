import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

// One build for desktop, web and command line. Files that are started or read by path have stable names, and every
// file lies directly in out/main, shared chunks too: whatever chunk the code ends up in,
//   new Worker(new URL('./pool-worker.js', import.meta.url))
//   readFile(new URL('./kernels.wasm', import.meta.url))
// find their file: in plain Node, in Electron, and unpacked beside an asar archive.
export default defineConfig({
  main: {
    plugins: [kernels()],
    build: {
      // The Node of the pinned package and of Electron 45.
      target: 'node24.18',
      rolldownOptions: {
        input: {
          cli: 'src/main/cli/main.ts',
          serve: 'src/main/web/index.ts',
          desktop: 'src/main/desktop/desktop.ts',
          'service-process': 'src/main/desktop/service-process.ts',
          'pool-worker': 'src/main/engine/pool/worker.ts',
        },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  // A sandboxed preload script is one CommonJS file, and can require nothing but `electron`.
  preload: {
    build: {
      target: 'node24.18',
      rolldownOptions: {
        input: { index: 'src/preload/index.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  // One page for the app and for the web host.
  renderer: {
    root: 'src/renderer',
    plugins: [vue()],
    build: { rolldownOptions: { input: join(import.meta.dirname, 'src/renderer/index.html') } },
  },
});

/** Puts build/kernels.wasm, which scripts/build.mjs compiles first, beside the code as out/main/kernels.wasm. */
function kernels(): Plugin {
  const path = join(import.meta.dirname, 'build/kernels.wasm');
  return {
    name: 'deltashelf:kernels',
    buildStart() {
      this.addWatchFile(path);
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'kernels.wasm', source: readFileSync(path) });
    },
  };
}
