import { checkPath, foldName } from '../disk/index.ts';
import { reservedNames } from './layout.ts';

/** Room for ` (1234)` and every ending in the 255 bytes of a name. */
const longestBytes = 200;
const mostTries = 10_000;
/** What some system does not take in a name, what hides, and what turns text around. */
const unwanted = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}<>:"|?*\\]/gu;

/** A model's name as a file may have it on every system: readable, never hidden, never a path. */
export function safeName(name: string): string {
  const plain = name.normalize('NFC').replaceAll('/', '--').replaceAll(unwanted, '_');
  const cut = cutTo(plain.replace(/^[. ]+/u, ''), longestBytes).replace(/[. ]+$/u, '');
  const named = cut === '' ? 'model' : cut;
  return checkPath(named) === undefined ? named : `model ${named}`;
}

/**
 * The first of `name`, `name (2)`, `name (3)` that is free, also on a volume that does not tell case.
 * @param taken names without ending, as `foldName` makes them
 */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const wanted = safeName(name);
  for (let count = 1; count < mostTries; count += 1) {
    const tried = count === 1 ? wanted : `${wanted} (${count})`;
    const folded = foldName(tried);
    if (!taken.has(folded) && !reservedNames.includes(folded)) return tried;
  }
  return `${wanted} ${crypto.randomUUID()}`;
}

function cutTo(text: string, bytes: number): string {
  let cut = '';
  let size = 0;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    cut += character;
  }
  return cut;
}
