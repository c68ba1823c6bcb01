// `npm start`: the desktop app; where it cannot run, its window in a browser, and why.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { passThrough } from './child.mjs';
import { electronProgram, fetchElectron } from './electron.mjs';

/** An app that ends so early with a failure never showed a window. */
const startMs = 10_000;

/**
 * @param {string} root
 * @param {string} node the pinned Node
 * @param {readonly string[]} args
 * @param {string} folder
 * @returns {Promise<number>} the exit code
 */
export async function start(root, node, args, folder) {
  const obstacle = whyNoApp() ?? (electronProgram(root) ? undefined : await whyNoElectron(root));
  const program = electronProgram(root);
  let reason = obstacle;
  if (program !== undefined && obstacle === undefined) {
    const begun = performance.now();
    const code = await passThrough(program, [root, ...args], folder);
    if (code === 0 || performance.now() - begun > startMs) return code;
    reason = `the desktop app did not start here (exit code ${code})`;
  }
  console.error(`Deltashelf opens in a browser: ${reason ?? 'the desktop app is not there'}.`);
  return passThrough(node, [join(root, 'out/main/cli.js'), 'serve', ...args], folder);
}

/**
 * What keeps the app from running on this machine, in words that follow a colon.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 * @param {number} [user]
 * @returns {string | undefined}
 */
export function whyNoApp(env = process.env, platform = process.platform, user = process.getuid?.()) {
  if (platform !== 'linux') return undefined;
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return 'this machine has no display for the desktop app';
  if (user === 0) return 'the desktop app does not run as root, for its pages would be without a sandbox';
  return undefined;
}

/** @param {string} root */
async function whyNoElectron(root) {
  if (!existsSync(join(root, 'node_modules/electron')))
    return 'Electron, which the desktop app runs in, is not installed';
  const reason = await fetchElectron(root);
  return reason && `Electron, which the desktop app runs in, could not be fetched (${reason})`;
}
