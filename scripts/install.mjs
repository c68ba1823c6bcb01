// Keeps node_modules as the lock says, without asking npm when nothing changed.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './child.mjs';
import { readMarker } from './fingerprint.mjs';
import { withLock } from './lock.mjs';

/** Inside node_modules, so that it goes when the folder goes. */
const marker = 'node_modules/.deltashelf-installed';

/** The parts of package.json that decide what is installed; an edited script must not cost a new install. */
const installFields = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'overrides',
  'allowScripts',
];

/**
 * Installs when package.json, the lock or the platform differ from what node_modules was made from.
 * @param {string} root
 */
export async function ensureInstalled(root) {
  if (isInstalled(root)) return;
  await withLock(root, () => {
    if (isInstalled(root)) return;
    console.error('Installing the packages that package-lock.json names (about a minute the first time) ...');
    // All that is native comes prebuilt inside its package; npm 10 would compile it again, on machines without a compiler.
    const flags = ['--ignore-scripts', '--include=dev', '--include=optional', '--no-fund', '--no-audit'];
    const code = npm(root, ['ci', ...flags]);
    if (code !== 0) throw new Error(`npm ci failed with exit code ${code}; its reasons stand above.`);
    writeFileSync(join(root, marker), wanted(root));
  });
}

/** @param {string} root */
function isInstalled(root) {
  return readMarker(join(root, marker)) === wanted(root);
}

/** @param {string} root */
function wanted(root) {
  /** @type {unknown} */
  const json = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const manifest = /** @type {Record<string, unknown>} */ (json);
  const hash = createHash('sha256');
  hash.update(JSON.stringify(installFields.map((field) => manifest[field])));
  hash.update(readFileSync(join(root, 'package-lock.json')));
  hash.update(`${process.platform} ${process.arch}`);
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string[]} args
 */
function npm(root, args) {
  // The npm that started us, by its script: on Windows `npm` alone is a batch file and needs a shell.
  const script = process.env['npm_execpath'];
  if (script?.endsWith('.js') || script?.endsWith('.cjs')) {
    return runQuietly(process.execPath, [script, ...args], root);
  }
  return runQuietly('npm', args, root, process.platform === 'win32');
}
