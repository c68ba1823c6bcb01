import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchElectron } from './launch-electron.ts';
import { launchStandIn } from './launch-stand-in.ts';

const electron = join(import.meta.dirname, '../../node_modules/electron');

/** Electron's program; undefined where it was never fetched. Asking its package for it would fetch it. */
function electronProgram(): string | undefined {
  const named = join(electron, 'path.txt');
  if (!existsSync(named)) return undefined;
  const folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(electron, 'dist');
  const program = join(folder, readFileSync(named, 'utf8'));
  return existsSync(program) ? program : undefined;
}

const program = electronProgram();

/** What the tests of the shell run on: always the stand-in, and Electron itself where it is there. */
export const runtimes = [
  { name: 'the stand-in for Electron', launch: launchStandIn, isStandIn: true },
  ...(program === undefined ? [] : [{ name: 'Electron', launch: launchElectron(program), isStandIn: false }]),
];
