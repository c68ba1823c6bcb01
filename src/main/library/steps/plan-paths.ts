import { basename, isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { isTemporaryName } from '../disk/index.ts';
import { deltaEnding } from '../vault/index.ts';

// Paths and names in the plans of a journal. The vault may have come from anywhere, and what its journal names is
// removed: so nothing that a step could not have written itself is believed.

const text = z.string().min(1).max(4096);

/** One name in a folder of the vault. */
export const plainName = text.refine(
  (name) => basename(name) === name && name !== '.' && name !== '..' && !/[/\\]/u.test(name),
  'is no name',
);

/** A name that this program gives to unfinished work. */
export const temporaryName = plainName.refine(isTemporaryName, 'is no name of unfinished work');

/** A place that has such a name. */
export const temporaryPath = text.refine(
  (path) => isAbsolute(path) && resolve(path) === path && isTemporaryName(basename(path)),
  'is no place of unfinished work',
);

/** An absolute path without detours. */
export const wholePath = text.refine(
  (path) => isAbsolute(path) && resolve(path) === path,
  'is no whole path',
);

/** A delta file in the vault. */
export const deltaName = plainName.refine((name) => name.endsWith(deltaEnding), 'is no delta file');
