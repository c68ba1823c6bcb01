// Control characters, marks that turn the direction of writing, and halves of surrogate pairs.
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * A path as a sentence shows it: in quotes, with characters that could steer a terminal or reorder the text
 * written as `\u{1b}`. For people only; never used as a path again.
 */
export function shownPath(path: string): string {
  const visible = path.replace(invisible, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return `\\u{${point.toString(16)}}`;
  });
  return `"${visible}"`;
}
