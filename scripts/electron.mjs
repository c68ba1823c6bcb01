// Electron's program comes from the network when it is first asked for, and may never come. Found, fetched or done without.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How long to wait for about 110 MB, and how long not to ask again after a failure. */
const fetchMs = 180_000;
const forgetMs = 24 * 60 * 60 * 1000;

/** Inside node_modules, so that it goes when the folder goes. */
const marker = 'node_modules/.cache/deltashelf/electron-failed';

/**
 * Where Electron's program is, without loading its package, which would fetch it.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined} undefined where it is not there yet
 */
export function electronProgram(root, env = process.env) {
  const folder = join(root, 'node_modules/electron');
  try {
    const name = readFileSync(join(folder, 'path.txt'), 'utf8');
    const program = join(env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'), name);
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Tries once to fetch Electron's program, by the script of its own package. That it failed is remembered for a day.
 * @param {string} root
 * @param {number} [limitMs]
 * @returns {Promise<string | undefined>} why it could not be had
 */
export async function fetchElectron(root, limitMs = fetchMs) {
  const failed = join(root, marker);
  if (isRecent(failed)) return readFileSync(failed, 'utf8');
  console.error('Fetching Electron, which the desktop app runs in (about 110 MB, once) ...');
  const reason = await runInstaller(join(root, 'node_modules/electron/install.js'), limitMs);
  if (reason === undefined) rmSync(failed, { force: true });
  else {
    mkdirSync(dirname(failed), { recursive: true });
    writeFileSync(failed, reason);
  }
  return reason;
}

/** @param {string} path */
function isRecent(path) {
  const status = statSync(path, { throwIfNoEntry: false });
  return status !== undefined && Date.now() - status.mtimeMs < forgetMs;
}

/**
 * @param {string} script
 * @param {number} limitMs
 * @returns {Promise<string | undefined>} the reason of its failure, in a few words
 */
function runInstaller(script, limitMs) {
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'pipe'], timeout: limitMs });
  let said = '';
  child.stderr.on('data', (text) => (said += String(text)));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(undefined);
      else if (signal !== null) resolve(`it took longer than ${limitMs / 1000} s`);
      else resolve(said.split('\n')[0]?.trim() || `its installer ended with exit code ${code ?? 1}`);
    });
  });
}
