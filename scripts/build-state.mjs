// What the build makes, from what, and whether it is fresh. Cheap: asked at every start.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint, readMarker } from './fingerprint.mjs';

/** Change how something is built, or with which version, and everything is stale. */
const recipe = [
  'package-lock.json',
  'electron.vite.config.ts',
  'scripts/build.mjs',
  'scripts/build-state.mjs',
];

/** In order: the bundle carries a copy of the kernels. */
export const parts = /** @type {const} */ ([
  {
    name: 'kernels',
    sources: ['src/main/engine/kernels/assembly'],
    product: 'build/kernels.wasm',
    marker: 'build/kernels.wasm.from',
  },
  { name: 'bundle', sources: ['src'], product: 'out/main', marker: 'out/.from' },
]);

/** @typedef {(typeof parts)[number]} Part */

/**
 * @param {string} root
 * @param {Part} part
 */
export function sourceHash(root, part) {
  return fingerprint(root, [...recipe, ...part.sources]);
}

/**
 * @param {string} root
 * @returns {Part[]} the parts that must be built, in order
 */
export function staleParts(root) {
  return parts.filter(
    (part) =>
      !existsSync(join(root, part.product)) || readMarker(join(root, part.marker)) !== sourceHash(root, part),
  );
}
