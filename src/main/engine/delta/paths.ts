import { quote } from '../formats/malformed.ts';
import { Flaw } from './flaw.ts';
import { maxPathCharacters } from './limits.ts';

/**
 * What makes a relative path hostile or unusable, as the end of a sentence; undefined when it is fine. Device names
 * and trailing dots are left to the system that is written to.
 */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (path.length > maxPathCharacters) return `has more than ${maxPathCharacters} characters`;
  if (!path.isWellFormed()) return 'is not Unicode';
  if (path.includes('\0')) return 'has a NUL character';
  if (path.includes('\\')) return 'has a backslash';
  if (path.startsWith('/')) return 'is absolute';
  if (/^[a-z]:/i.test(path)) return 'begins with a drive letter';
  const names = path.split('/');
  if (names.includes('..')) return 'leads out of its folder';
  if (names.includes('.') || names.includes('')) return 'has an empty step';
  return undefined;
}

/** The form in which two paths are one and the same on some file system. */
function folded(path: string): string {
  return path.normalize('NFC').toLowerCase().normalize('NFC');
}

/**
 * Checks paths that are to stand in one folder together: each by itself, none twice (also but for case or Unicode
 * form), and none below a file or a link, through which it would lead elsewhere.
 * @param leaves files and links
 * @throws Flaw naming the path
 */
export function checkPaths(leaves: readonly string[], folders: readonly string[]): void {
  for (const path of [...leaves, ...folders]) {
    const problem = pathProblem(path);
    if (problem !== undefined) throw new Flaw(`it names a hostile path: ${quote(path)} ${problem}`);
  }
  const leafSet = new Set<string>();
  for (const path of leaves) addOnce(leafSet, path);
  const folderSet = new Set<string>();
  for (const path of folders) {
    addOnce(folderSet, path);
    if (leafSet.has(folded(path))) throw twice(path);
  }
  for (const path of [...leaves, ...folders]) {
    const whole = folded(path);
    for (let end = whole.lastIndexOf('/'); end > 0; end = whole.lastIndexOf('/', end - 1)) {
      if (leafSet.has(whole.slice(0, end))) {
        throw new Flaw(`it names a hostile path: ${quote(path)} lies below a file or link`);
      }
    }
  }
}

function addOnce(seen: Set<string>, path: string): void {
  const key = folded(path);
  if (seen.has(key)) throw twice(path);
  seen.add(key);
}

function twice(path: string): Flaw {
  return new Flaw(
    `it names a hostile path: ${quote(path)} is there twice, at least where case does not count`,
  );
}
