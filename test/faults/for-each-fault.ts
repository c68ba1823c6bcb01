import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { nodeFileSystem } from '../../src/main/library/disk/node-file-system.ts';
import type { FileSystem } from '../../src/main/library/disk/file-system.ts';
import { FaultyFileSystem, type Fault } from './faulty-file-system.ts';
import { scratchFolder } from './scratch-folder.ts';

/** How one run with one fault ended. */
export interface FaultOutcome {
  readonly folder: string;
  readonly fault: Fault;
  /** The call that failed, as `fsync /folder/file`. */
  readonly call: string;
  /** Number of that call in the run. */
  readonly index: number;
  /** What the action threw; undefined where it did without the call. */
  readonly error: unknown;
  /** Handles that the action left open. Always 0 unless the process died. */
  readonly openHandles: number;
}

export interface FaultTrial {
  /** Fills the new folder of each run, without faults. */
  readonly prepare?: (folder: string) => Promise<void>;
  readonly action: (fs: FileSystem, folder: string) => Promise<unknown>;
  /** Looks at what is left; a failed expectation is reported with the call and the fault. */
  readonly check: (outcome: FaultOutcome) => Promise<void>;
  readonly faults?: readonly Fault[];
  /** The file system to put faults into. Default: the real one. */
  readonly inner?: FileSystem;
}

export const usualFaults: readonly Fault[] = ['EIO', 'ENOSPC', 'EACCES', 'crash'];

/**
 * Runs an action once without a fault to count its calls, then once for each call and fault, each time in a new
 * folder. A crash also halves every file that was not flushed.
 * @returns the calls of the run without a fault, in order, with the folder's own path left out
 */
export async function forEachFault(trial: FaultTrial): Promise<string[]> {
  const { faults = usualFaults } = trial;
  const calls = await callsWithoutFault(trial);
  for (const fault of faults) {
    // With a fault there can be more calls than without, when the action cleans up: they are hit as well.
    for (let index = 0; await runWithFault(trial, fault, index); index += 1);
  }
  return calls;
}

async function callsWithoutFault(trial: FaultTrial): Promise<string[]> {
  await using scratch = await scratchFolder();
  await trial.prepare?.(scratch.path);
  const fs = new FaultyFileSystem(trial.inner ?? nodeFileSystem);
  await trial.action(fs, scratch.path);
  if (fs.openHandles > 0) throw new Error(`${fs.openHandles} handles are open after a run without a fault.`);
  return fs.calls.map((call) => call.replace(scratch.path, ''));
}

async function runWithFault(trial: FaultTrial, fault: Fault, index: number): Promise<boolean> {
  await using scratch = await scratchFolder();
  const folder = scratch.path;
  await trial.prepare?.(folder);
  const fs = new FaultyFileSystem(trial.inner ?? nodeFileSystem, { at: index, fault });
  const error: unknown = await trial.action(fs, folder).then(
    () => undefined,
    (reason: unknown) => reason ?? new Error('The action threw nothing.'),
  );
  if (!fs.struck) return false;
  const { openHandles } = fs;
  await fs.closeAll();
  if (fs.crashed) await fs.loseUnflushed(await allFiles(folder));
  const call = (fs.calls[index] ?? '').replace(folder, '');
  try {
    await trial.check({ folder, fault, call, index, error, openHandles });
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    throw new Error(`${fault} at call ${index} (${call}): ${reason}`, { cause: failure });
  }
  return true;
}

async function allFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const paths = names.map((name) => join(folder, name));
  const kinds = await Promise.all(paths.map((path) => lstat(path)));
  return paths.filter((_, index) => kinds[index]?.isFile());
}
