// Which of the packages that npm installs with the product the app needs beside what is built, and which not.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Built into the page, or only of use on the command line: what the app imports does not need them. */
const builtInOrCommandLine = [
  '@clack/prompts',
  '@fontsource-variable/inter',
  '@tanstack/vue-virtual',
  'commander',
  'd3-hierarchy',
  'pinia',
  'reka-ui',
  'vue',
];

/** @typedef {{ readonly packages: Record<string, { readonly dependencies?: Record<string, string> }> }} Lock */

/**
 * @param {string} root
 * @returns {{ readonly inApp: readonly string[], readonly notInApp: readonly string[] }} names, those of dependencies of
 * dependencies too
 */
export function shippedPackages(root) {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  /** @type {unknown} */
  const json = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const lock = /** @type {Lock} */ (json);
  const shipped = Object.keys(
    /** @type {{ dependencies: Record<string, string> }} */ (manifest).dependencies,
  );
  const inApp = withDependencies(
    lock,
    shipped.filter((name) => !builtInOrCommandLine.includes(name)),
  );
  const all = withDependencies(lock, shipped);
  return { inApp: [...inApp].sort(), notInApp: [...all].filter((name) => !inApp.has(name)).sort() };
}

/**
 * @param {Lock} lock
 * @param {readonly string[]} names
 */
function withDependencies(lock, names) {
  /** @type {Set<string>} */
  const found = new Set();
  for (const open = [...names]; open.length > 0;) {
    const name = /** @type {string} */ (open.pop());
    if (found.has(name)) continue;
    found.add(name);
    open.push(...Object.keys(lock.packages[`node_modules/${name}`]?.dependencies ?? {}));
  }
  return found;
}
