import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { nodeFileSystem } from '../disk/index.ts';
import type { VolumeSystem } from './volume-info.ts';

const execute = promisify(execFile);
const longestRunMs = 5000;

/** The volumes of this computer. */
export const volumeSystem: VolumeSystem = {
  platform: process.platform,
  readText: (path) => readFile(path, 'utf8').catch(() => undefined),
  names: (path) => nodeFileSystem.readdir(path).catch(() => []),
  realpath: (path) => nodeFileSystem.realpath(path),
  isFolder: (path) =>
    nodeFileSystem.stat(path).then(
      ({ kind }) => kind === 'folder',
      () => false,
    ),
  device: (path) =>
    nodeFileSystem.stat(path).then(
      ({ dev }) => dev.toString(16),
      () => undefined,
    ),
  async run(program, args) {
    try {
      return (await execute(program, [...args], { timeout: longestRunMs, windowsHide: true })).stdout;
    } catch {
      return undefined;
    }
  },
};
