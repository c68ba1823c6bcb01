import type { ByteCursor } from './cursor.ts';
import { Malformed } from './malformed.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const quotation = 0x22;
const backslash = 0x5c;
const space = 0x20;
const digit0 = 0x30;
const digit9 = 0x39;

/**
 * Bytes that one entry (name and description of a tensor) may take, escapes and white space included. Entries are
 * scanned without awaiting inside; a name of 65,535 bytes written as \uXXXX takes 393,210.
 */
export const maxEntryBytes = 512 * 1024;

/**
 * A strict scanner for JSON text (RFC 8259) of a known structure, straight from bytes. It exists because
 * `JSON.parse` shows no duplicate keys, and because a header may be 100 MB: here the window bounds the memory.
 */
export class JsonScanner {
  readonly #cursor: ByteCursor;
  /** The window of the cursor. */
  readonly #ascii: Buffer;

  constructor(cursor: ByteCursor) {
    this.#cursor = cursor;
    const { buffer, byteOffset, byteLength } = cursor.window;
    this.#ascii = Buffer.from(buffer, byteOffset, byteLength);
  }

  /**
   * Makes the next entry available as a whole. Call it before each; what follows is synchronous. There is something
   * to wait for only once per window: a header has thousands of entries, and each promise costs more than reading one.
   */
  fill(): Promise<void> | undefined {
    const wanted = Math.min(maxEntryBytes, this.#cursor.window.length);
    const isThere = this.#cursor.available >= Math.min(wanted, this.#cursor.remaining);
    return isThere ? undefined : this.#cursor.fill(wanted);
  }

  /** Steps over white space of any length; waits as `fill` does. */
  skipSpace(): Promise<void> | undefined {
    const filling = this.fill();
    if (filling !== undefined) return this.#skipSpaceAfter(filling);
    this.#skipAvailableSpace();
    return this.#cursor.available > 0 || this.#cursor.remaining === 0 ? undefined : this.#skipSpaceAfter();
  }

  async #skipSpaceAfter(filling: Promise<void> | undefined = this.fill()): Promise<void> {
    await filling;
    await this.skipSpace();
  }

  /** Whether the text is used up. */
  get atEnd(): boolean {
    return this.#cursor.remaining === 0;
  }

  /** Whether `character` comes next (after white space); if so, steps over it. */
  accept(character: string): boolean {
    this.#skipAvailableSpace();
    if (this.#peek() !== character.charCodeAt(0)) return false;
    this.#cursor.index += 1;
    return true;
  }

  /** Steps over `character`, which must come next (after white space). */
  expect(character: string): void {
    if (!this.accept(character)) {
      throw new Malformed(
        `the header is not the expected JSON: no "${character}" at byte ${this.#cursor.position}`,
      );
    }
  }

  /** A string, unescaped. It must be Unicode: neither broken UTF-8 nor half of a surrogate pair. */
  string(): string {
    this.expect('"');
    const { window, index: start, limit } = this.#cursor;
    let plain = true;
    let anyBits = 0;
    let at = start;
    for (; at < limit; at += 1) {
      const byte = window[at] ?? 0;
      anyBits |= byte;
      if (byte === quotation) break;
      if (byte < space) throw new Malformed('the header has a control character inside a string');
      if (byte === backslash) {
        plain = false;
        at += 1;
      }
    }
    if (at >= limit) throw this.#outOfText();
    this.#cursor.index = at + 1;
    // A decoder costs more than all the rest for the short ASCII names that headers are made of.
    const text =
      anyBits < 0x80 ? this.#ascii.toString('latin1', start, at) : decode(window.subarray(start, at));
    return plain ? text : unescape(text);
  }

  /** A string that is only checked, whatever its length. */
  async skipString(): Promise<void> {
    this.expect('"');
    const check = new StringCheck();
    for (;;) {
      const { window, index, limit } = this.#cursor;
      const end = check.feed(window, index, limit);
      this.#cursor.index = end;
      if (check.done) return;
      if (this.atEnd) throw this.#outOfText();
      await this.fill();
    }
  }

  /** An integer from 0 to 2^53 - 1, written as JSON writes integers: no sign, fraction, exponent or leading zero. */
  integer(): number {
    this.#skipAvailableSpace();
    const first = this.#peek();
    let value = 0;
    let digits = 0;
    for (let byte = first; byte >= digit0 && byte <= digit9; byte = this.#peek()) {
      value = value * 10 + (byte - digit0);
      if (value > Number.MAX_SAFE_INTEGER) throw new Malformed('the header has a number above 2^53 - 1');
      digits += 1;
      this.#cursor.index += 1;
    }
    const after = this.#peek();
    const fraction = after === 0x2e || after === 0x65 || after === 0x45;
    if (digits === 0 || fraction || (first === digit0 && digits > 1)) {
      throw new Malformed(`the header has no whole number at byte ${this.#cursor.position}`);
    }
    return value;
  }

  #skipAvailableSpace(): void {
    const { window, limit } = this.#cursor;
    let at = this.#cursor.index;
    for (; at < limit; at += 1) {
      const byte = window[at];
      if (byte !== space && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    }
    this.#cursor.index = at;
  }

  /** The next byte; 0, which JSON never has, at the end of the text. */
  #peek(): number {
    if (this.#cursor.available === 0) {
      if (this.#cursor.remaining > 0) throw this.#outOfText();
      return 0;
    }
    return this.#cursor.window[this.#cursor.index] ?? 0;
  }

  #outOfText(): Malformed {
    return this.#cursor.remaining > this.#cursor.available
      ? new Malformed(`the header has an entry of more than ${maxEntryBytes} bytes`)
      : new Malformed('the header ends in the middle of its JSON');
  }
}

/** Checks a JSON string piece by piece, without keeping it. */
class StringCheck {
  done = false;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** What an escape still needs: nothing, its letter, or hexadecimal digits. */
  #escape: 'none' | 'letter' | number = 'none';
  #unit = 0;
  /** A first half of a surrogate pair waits for its second. */
  #half = false;

  /** Takes bytes up to the closing quotation mark, or all; returns where it stopped. */
  feed(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to && !this.done) {
      this.#byte(bytes[at] ?? 0);
      at += 1;
    }
    try {
      this.#utf8.decode(bytes.subarray(from, this.done ? at - 1 : at), { stream: !this.done });
    } catch {
      throw notUtf8();
    }
    return at;
  }

  #byte(byte: number): void {
    if (typeof this.#escape === 'number') {
      this.#hexDigit(byte, this.#escape - 1);
    } else if (this.#escape === 'letter') {
      this.#letter(byte);
    } else if (byte === backslash) {
      this.#escape = 'letter';
    } else if (this.#half) {
      throw brokenEscape();
    } else if (byte === quotation) {
      this.done = true;
    } else if (byte < space) {
      throw new Malformed('the header has a control character inside a string');
    }
  }

  #letter(byte: number): void {
    const letter = String.fromCharCode(byte);
    if (letter === 'u') {
      this.#escape = 4;
      this.#unit = 0;
    } else if (this.#half || !'"\\/bfnrt'.includes(letter)) {
      throw brokenEscape();
    } else {
      this.#escape = 'none';
    }
  }

  #hexDigit(byte: number, left: number): void {
    const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
    if (digit < 0) throw brokenEscape();
    this.#unit = this.#unit * 16 + digit;
    this.#escape = left === 0 ? 'none' : left;
    if (left > 0) return;
    const second = this.#unit >= 0xdc00 && this.#unit <= 0xdfff;
    if (second !== this.#half) throw brokenEscape();
    this.#half = this.#unit >= 0xd800 && this.#unit <= 0xdbff;
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw notUtf8();
  }
}

/** Resolves the escapes of a string that has no bare quotation mark and no control character. */
function unescape(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(`"${text}"`);
  } catch {
    throw brokenEscape();
  }
  if (typeof value !== 'string' || !value.isWellFormed()) throw brokenEscape();
  return value;
}

function brokenEscape(): Malformed {
  return new Malformed('the header has a broken escape inside a string');
}

function notUtf8(): Malformed {
  return new Malformed('the header is not UTF-8');
}
