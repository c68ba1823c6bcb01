// Child processes the way the scripts need them.
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program whose output is chatter: all of it goes to stderr.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} folder
 * @param {boolean} [shell]
 * @returns {number} the exit code
 */
export function runQuietly(program, args, folder, shell = false) {
  const { status, error } = spawnSync(program, args, { cwd: folder, stdio: ['ignore', 2, 2], shell });
  if (error !== undefined) throw error;
  return status ?? 1;
}

/**
 * Runs a program in our place: its streams, its exit code, and the signals we get.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} folder
 * @returns {Promise<number>} the exit code; 128 + the signal's number when a signal ended it
 */
export function passThrough(program, args, folder) {
  const child = spawn(program, args, { cwd: folder, stdio: 'inherit' });
  forwardSignals(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
    });
  });
}

/** @param {import('node:child_process').ChildProcess} child */
function forwardSignals(child) {
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  /** @type {Map<NodeJS.Signals, number>} */
  const sent = new Map();
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      // A terminal gives Ctrl+C to the whole group, the child included; a second one would mean "stop at once".
      if (signal === 'SIGINT' && atTerminal) return;
      // npm passes signals on too, so the same one can arrive twice.
      const now = Date.now();
      if (now - (sent.get(signal) ?? 0) < 300) return;
      sent.set(signal, now);
      child.kill(signal);
    });
  }
}
