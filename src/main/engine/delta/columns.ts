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

/** Collects hexadecimal hashes into one row of bytes. */
export class HashWriter {
  readonly #hashes: string[] = [];

  add(hashes: readonly string[]): void {
    for (const hash of hashes) this.#hashes.push(hash);
  }

  bytes(): Uint8Array {
    return Buffer.from(this.#hashes.join(''), 'hex');
  }
}

/** Takes hexadecimal hashes from one row of bytes, in the order in which they were written. */
export class HashReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
  }

  /**
   * The next `count` hashes of `bytes` bytes each.
   * @throws Flaw when there are fewer
   */
  take(bytes: number, count: number): string[] {
    if (count * bytes > this.#bytes.length - this.#at) throw new Flaw('it has fewer hashes than it needs');
    return Array.from({ length: count }, () => {
      const hash = this.#bytes.toString('hex', this.#at, this.#at + bytes);
      this.#at += bytes;
      return hash;
    });
  }

  /** @throws Flaw when hashes are left */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new Flaw('it has more hashes than it needs');
  }
}
