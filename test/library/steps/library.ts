import { join } from 'node:path';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import {
  openSteps,
  type OpenStepsOptions,
  type Steps,
  type StoreRequest,
} from '../../../src/main/library/steps/index.ts';
import type { Sidecar } from '../../../src/main/library/vault/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { toolsWith } from '../deltas/tools.ts';

/** Steps over a vault in a scratch folder. */
export interface Library extends AsyncDisposable {
  readonly folder: string;
  readonly steps: Steps;
  at(path: string): string;
  /** Opens the vault again, as after a restart. */
  reopen(options?: Partial<OpenStepsOptions>): Promise<Steps>;
}

export async function openLibrary(): Promise<Library> {
  const scratch = await scratchFolder();
  let steps = await openVaultIn(scratch.path);
  return {
    folder: scratch.path,
    get steps() {
      return steps;
    },
    at: (path) => join(scratch.path, path),
    async reopen(options) {
      await steps.close();
      steps = await openVaultIn(scratch.path, nodeFileSystem, options);
      return steps;
    },
    async [Symbol.asyncDispose]() {
      await steps.close();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

/** Opens the vault `vault` of a folder. */
export function openVaultIn(
  folder: string,
  fs: FileSystem = nodeFileSystem,
  options: Partial<OpenStepsOptions> = {},
): Promise<Steps> {
  return openSteps({ ...toolsWith(fs), vaultPath: join(folder, 'vault'), ...options });
}

/** A request to store a model against others, by path. */
export function request(path: string, ...parents: readonly string[]): StoreRequest {
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    parents: parents.map((parent) => ({
      kind: 'path',
      path: parent,
      name: parent.slice(parent.lastIndexOf('/') + 1),
    })),
    level: 'fast',
    lineage: [],
    roles: new Map(),
  };
}

/** Stores a model against others and verifies it. */
export async function storeVerified(
  steps: Steps,
  path: string,
  ...parents: readonly string[]
): Promise<Sidecar> {
  const { stored } = await steps.store(request(path, ...parents), {});
  return steps.verify(stored.id, {});
}

/** The real file system, where some paths are not to be written. */
export function refusing(path: (path: string) => boolean, code: string): FileSystem {
  const refuse = <T>(place: string, call: () => Promise<T>): Promise<T> =>
    path(place) ? Promise.reject(Object.assign(new Error(code), { code })) : call();
  return {
    ...nodeFileSystem,
    open: (place, purpose) => {
      const writes = purpose === 'create' || purpose === 'modify';
      return writes
        ? refuse(place, () => nodeFileSystem.open(place, purpose))
        : nodeFileSystem.open(place, purpose);
    },
    mkdir: async (place, mode) => {
      // What is there says so first.
      if (await nodeFileSystem.lstat(place).catch(() => undefined)) return nodeFileSystem.mkdir(place, mode);
      return refuse(place, () => nodeFileSystem.mkdir(place, mode));
    },
    link: (from, to) => refuse(to, () => nodeFileSystem.link(from, to)),
    rename: (from, to) => refuse(to, () => nodeFileSystem.rename(from, to)),
    symlink: (target, place) => refuse(place, () => nodeFileSystem.symlink(target, place)),
  };
}
