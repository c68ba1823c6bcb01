// One installer or builder at a time in one checkout: two terminals, or a test beside the command line.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while no other process of this checkout runs its own. The lock of a dead process does not count.
 * @template T
 * @param {string} root
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(root, work) {
  const folder = join(root, 'build');
  const path = join(folder, '.lock');
  mkdirSync(folder, { recursive: true });
  for (let told = false; !tryTake(path); told = true) {
    if (!told) console.error('Waiting for another install or build in this folder (build/.lock) ...');
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/**
 * @param {string} path
 * @returns {boolean} false when a living process holds the lock
 */
function tryTake(path) {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        // A full disk leaves an empty file behind, which nobody would ever remove.
        rmSync(path, { force: true });
        throw error;
      }
    }
    if (isHeld(path)) return false;
    rmSync(path, { force: true });
  }
}

/** @param {string} path */
function isHeld(path) {
  try {
    const holder = Number(readFileSync(path, 'utf8'));
    // An empty file is a lock being written; signal 0 only asks whether the process is there.
    return holder === 0 || process.kill(holder, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
