/** Characters of a foreign name that a sentence shows; longer ones are cut. */
const shownCharacters = 80;

/** A file does not follow its format. `message` completes "... is kept byte for byte as it is: <message>". */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** Wraps a failure of the storage below, so that it is never mistaken for a malformed file. */
export class ReadFailure extends Error {
  override readonly name = 'ReadFailure';

  constructor(cause: unknown) {
    super('reading failed', { cause });
  }
}

/**
 * A name from inside a file, made safe for a sentence: quoted, cut, and with control, format (bidirectional) and
 * lone surrogate characters escaped.
 */
export function quote(name: string): string {
  const cut = name.length > shownCharacters ? `${name.slice(0, shownCharacters)}...` : name;
  const escaped = JSON.stringify(cut).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return escaped;
}
