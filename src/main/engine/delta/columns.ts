import { Flaw } from './flaw.ts';

// The index is stored by columns, and each column by what is not as expected: most of a fine-tune's segments equal
// their parent's in all but the bytes, and what is not written costs nothing.

/** The values of a column that differ from what is usual there. */
export interface Exceptions<T> {
  /** Positions as gaps: how many usual values stand before each. */
  readonly at: readonly number[];
  readonly values: readonly T[];
}

/** What a column holds at a position unless it says otherwise. `before` are the values before it. */
type Usual<T> = (position: number, before: readonly T[]) => T;

/** The exceptions of a column; undefined when there are none, so that the column vanishes from the JSON. */
export function packExceptions<T>(
  values: readonly T[],
  usual: Usual<T>,
  same: (a: T, b: T) => boolean = Object.is,
): Exceptions<T> | undefined {
  const at: number[] = [];
  const different: T[] = [];
  let next = 0;
  for (const [position, value] of values.entries()) {
    if (same(value, usual(position, values))) continue;
    at.push(position - next);
    different.push(value);
    next = position + 1;
  }
  return at.length === 0 ? undefined : { at, values: different };
}

/**
 * A column of `count` values from its exceptions.
 * @throws Flaw when they do not fit
 */
export function unpackExceptions<T>(
  packed: Exceptions<T> | undefined,
  count: number,
  usual: Usual<T>,
  column: string,
): T[] {
  const at = packed?.at ?? [];
  const different = packed?.values ?? [];
  if (at.length !== different.length)
    throw new Flaw(`its column "${column}" has another length than its places`);
  const values: T[] = [];
  for (const [index, gap] of at.entries()) {
    if (values.length + gap >= count) throw new Flaw(`its column "${column}" is too long`);
    for (let left = gap; left > 0; left -= 1) values.push(usual(values.length, values));
    values.push(different[index] as T);
  }
  while (values.length < count) values.push(usual(values.length, values));
  return values;
}

/** Hexadecimal hashes of one length as one base64 text. */
export function packHashes(hashes: readonly string[]): string {
  return Buffer.from(hashes.join(''), 'hex').toString('base64');
}

/**
 * Hashes of `bytes` bytes each from one base64 text, hexadecimal.
 * @throws Flaw when it is no base64 or has another number of bytes
 */
export function unpackHashes(text: string, bytes: number, count: number, column: string): string[] {
  const all = Buffer.from(text, 'base64');
  if (all.length !== bytes * count || all.toString('base64') !== text) {
    throw new Flaw(`its column "${column}" does not hold ${count} hashes`);
  }
  return Array.from({ length: count }, (_, at) => all.toString('hex', at * bytes, (at + 1) * bytes));
}
