import { quote } from '../formats/malformed.ts';
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
 * What is wrong with paths that are to stand in one folder together, as a sentence's end that names the path;
 * undefined when nothing is. Each is judged by itself; none may be there twice; none may lie below a file or a link,
 * through which it would lead elsewhere, also where only case or Unicode form tells them apart. Files that differ in
 * nothing else are legal: whether they can stand side by side is for the file system, and nothing is overwritten.
 * @param leaves files and links
 */
export function pathsProblem(leaves: readonly string[], folders: readonly string[] = []): string | undefined {
  for (const path of [...leaves, ...folders]) {
    const problem = pathProblem(path);
    if (problem !== undefined) return `${quote(path)} ${problem}`;
  }
  const leafSet = new Set(leaves.map(folded));
  const seen = new Set<string>();
  for (const path of [...leaves, ...folders]) {
    if (seen.has(path)) return `${quote(path)} is there twice`;
    seen.add(path);
  }
  const shadowed = folders.find((path) => leafSet.has(folded(path)));
  if (shadowed !== undefined) return `${quote(shadowed)} is there twice`;
  for (const path of [...leaves, ...folders]) {
    const whole = folded(path);
    for (let end = whole.lastIndexOf('/'); end > 0; end = whole.lastIndexOf('/', end - 1)) {
      if (leafSet.has(whole.slice(0, end))) return `${quote(path)} lies below a file or a link`;
    }
  }
  return undefined;
}
