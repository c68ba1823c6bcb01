// Control characters but for the end of a line, marks that turn the direction of writing, halves of surrogate pairs.
const invisible = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Text from models and delta files as a terminal may show it: what could steer the terminal or reorder the text is
 * written as `\u{1b}`.
 */
export function visible(text: string): string {
  return text.replace(invisible, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** A name on one line. */
export function visibleName(name: string): string {
  return visible(name).replaceAll('\n', '\\u{a}');
}

/** A value as JSON of ASCII and harmless characters only; reads back as the same value. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(invisible, (character) =>
    Array.from({ length: character.length }, (_, at) => {
      return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
    }).join(''),
  );
}
