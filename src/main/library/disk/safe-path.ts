import { isAbsolute, join, dirname, relative, sep } from 'node:path';

import type { FileSystem } from './file-system.ts';
import { shownPath } from './shown-path.ts';

/** Longest name of one file or folder, in bytes of UTF-8: what ext4, APFS and Btrfs hold. */
const longestPartBytes = 255;
const longestPathBytes = 1024;
const deepestPath = 32;

/** Names that must never be joined to a folder, on any system. */
const unsafeReasons = {
  empty: 'is empty',
  absolute: 'is absolute',
  'parent-folder': 'leads out of its folder',
  'current-folder': 'names the folder itself',
  'empty-part': 'has an empty part',
  nul: 'holds a NUL character',
  backslash: 'holds a backslash',
  drive: 'begins with a drive letter',
  'not-unicode': 'is not valid Unicode',
  'too-long': 'is too long',
  'too-deep': 'lies too many folders deep',
  duplicate: 'is given twice',
  'file-as-folder': 'is used as a file and as a folder',
} as const;

/** Names that some systems cannot hold, or take for something else. */
const windowsReasons = {
  'device-name': 'is the name of a device on Windows',
  'reserved-character': 'holds a character that Windows does not allow',
  'trailing-dot-or-space': 'ends in a dot or a space, which Windows drops',
} as const;
const foldedReasons = {
  collision: 'differs from another name only in case or in the Unicode form of its letters',
} as const;

export type PathReason =
  keyof typeof unsafeReasons | keyof typeof windowsReasons | keyof typeof foldedReasons;

/** Why a relative name should not be used, as a value. */
export interface PathProblem {
  readonly path: string;
  readonly reason: PathReason;
  /**
   * `unsafe`: must not be used anywhere. `unusable`: the system asked for takes it for something else.
   * `unportable`: works on the system asked for, but not on every other one.
   */
  readonly severity: 'unsafe' | 'unusable' | 'unportable';
  /** What is wrong, with the name in quotes: `"../x" leads out of its folder`. */
  readonly sentence: string;
}

/**
 * Checks one relative name with forward slashes, from whatever source, before it is joined to a folder.
 * @returns the first problem; an `unsafe` one comes before all others.
 */
export function checkPath(
  path: string,
  platform: NodeJS.Platform = process.platform,
): PathProblem | undefined {
  const reason = findUnsafe(path) ?? findUnportable(path);
  return reason === undefined ? undefined : toProblem(path, reason, platform);
}

/**
 * Checks all names of one model: each alone, then against each other. `leaves` are files and links, `folders`
 * the folders that are named on their own.
 */
export function checkPaths(
  leaves: readonly string[],
  folders: readonly string[] = [],
  platform: NodeJS.Platform = process.platform,
): PathProblem[] {
  const problems: PathProblem[] = [];
  const report = (path: string, reason: PathReason): void => {
    problems.push(toProblem(path, reason, platform));
  };
  const seen = new SeenNames();
  for (const [paths, kind] of [
    [leaves, 'leaf'],
    [folders, 'folder'],
  ] as const) {
    for (const path of paths) {
      const alone = checkPath(path, platform);
      if (alone !== undefined) problems.push(alone);
      const together = isUsable(alone) ? seen.add(path, kind) : undefined;
      if (together !== undefined) report(path, together);
    }
  }
  return problems;
}

/**
 * Checks the target of a link that is to be made at `linkPath` inside a model: it must be relative, climb at
 * most to the model's own folder, and climb only at its beginning, so that it stays inside whatever the folders
 * on its way turn out to be.
 */
export function checkLinkTarget(linkPath: string, target: string): PathProblem | undefined {
  const reason = findBadTarget(linkPath, target);
  return reason === undefined ? undefined : toProblem(target, reason, process.platform);
}

/** Whether a name with this problem, or none, can be used on the system it was checked for. */
export function isUsable(problem: PathProblem | undefined): boolean {
  return problem === undefined || problem.severity === 'unportable';
}

/**
 * Joins a name that `checkPath` has passed to a folder, and makes sure by the real path of its parent that no
 * link on the way leads out. The parent must exist.
 * @returns the path, or undefined when it would lie outside.
 */
export async function joinInside(fs: FileSystem, folder: string, path: string): Promise<string | undefined> {
  const joined = join(folder, ...path.split('/'));
  const [root, parent] = await Promise.all([fs.realpath(folder), fs.realpath(dirname(joined))]);
  return isInside(root, parent) ? joined : undefined;
}

/** Whether real path `inner` is `root` or lies below it. Both absolute, free of links. */
export function isInside(root: string, inner: string): boolean {
  const way = relative(root, inner);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

class SeenNames {
  readonly #leaves = new Set<string>();
  readonly #folders = new Set<string>();
  /** Every file and folder as a volume that ignores case sees it, with how it was first written. */
  readonly #folded = new Map<string, string>();

  add(path: string, kind: 'leaf' | 'folder'): PathReason | undefined {
    const parents = parentsOf(path);
    const own = kind === 'leaf' ? this.#leaves : this.#folders;
    if (kind === 'leaf' && own.has(path)) return 'duplicate';
    const other = kind === 'leaf' ? this.#folders : this.#leaves;
    if (other.has(path) || parents.some((parent) => this.#leaves.has(parent))) return 'file-as-folder';
    own.add(path);
    for (const parent of parents) this.#folders.add(parent);
    // Every name is noted, also after a first collision.
    const collides = [...parents, path].map((name) => this.#noteFolded(name));
    return collides.includes(true) ? 'collision' : undefined;
  }

  #noteFolded(name: string): boolean {
    const folded = foldName(name);
    const first = this.#folded.get(folded);
    if (first === undefined) this.#folded.set(folded, name);
    return first !== undefined && first !== name;
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

// What HFS+ leaves out when it compares names.
const ignorable = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu;

/** Two names with one folded form may be the same file on some volume. Wider than any one of them. */
export function foldName(path: string): string {
  return path.replace(ignorable, '').normalize('NFD').toUpperCase().toLowerCase().normalize('NFC');
}

function findUnsafe(path: string): PathReason | undefined {
  if (path === '') return 'empty';
  if (path.includes('\0')) return 'nul';
  if (!path.isWellFormed()) return 'not-unicode';
  if (path.startsWith('/')) return 'absolute';
  if (path.includes('\\')) return 'backslash';
  if (/^[a-z]:/iu.test(path)) return 'drive';
  const parts = path.split('/');
  if (parts.includes('')) return 'empty-part';
  if (parts.includes('.')) return 'current-folder';
  if (parts.includes('..')) return 'parent-folder';
  if (parts.length > deepestPath) return 'too-deep';
  if (Buffer.byteLength(path) > longestPathBytes) return 'too-long';
  if (parts.some((part) => Buffer.byteLength(part) > longestPartBytes)) return 'too-long';
  return undefined;
}

// Also in front of an extension, also with spaces before it: "con .txt" opens the console.
const deviceName = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/iu;
const reservedCharacter = /[\p{Cc}<>:"|?*]/u;

function findUnportable(path: string): PathReason | undefined {
  const parts = path.split('/');
  if (parts.some((part) => deviceName.test(part))) return 'device-name';
  if (parts.some((part) => reservedCharacter.test(part))) return 'reserved-character';
  if (parts.some((part) => /[. ]$/u.test(part))) return 'trailing-dot-or-space';
  return undefined;
}

function findBadTarget(linkPath: string, target: string): PathReason | undefined {
  if (target === '') return 'empty';
  if (target.includes('\0')) return 'nul';
  if (!target.isWellFormed()) return 'not-unicode';
  if (target.startsWith('/')) return 'absolute';
  if (target.includes('\\')) return 'backslash';
  if (/^[a-z]:/iu.test(target)) return 'drive';
  if (Buffer.byteLength(target) > longestPathBytes) return 'too-long';
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const firstName = parts.findIndex((part) => part !== '..');
  const climbed = firstName === -1 ? parts.length : firstName;
  if (climbed > parentsOf(linkPath).length || parts.slice(climbed).includes('..')) return 'parent-folder';
  return undefined;
}

function toProblem(path: string, reason: PathReason, platform: NodeJS.Platform): PathProblem {
  const why = { ...unsafeReasons, ...windowsReasons, ...foldedReasons }[reason];
  return { path, reason, severity: rate(reason, platform), sentence: `${shownPath(path)} ${why}` };
}

/** Collisions are left to the volume: only it knows which names it takes for one, and `create` never overwrites. */
function rate(reason: PathReason, platform: NodeJS.Platform): PathProblem['severity'] {
  if (reason in unsafeReasons) return 'unsafe';
  return reason in windowsReasons && platform === 'win32' ? 'unusable' : 'unportable';
}
