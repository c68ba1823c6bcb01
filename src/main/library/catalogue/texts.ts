/** Text as search compares it: composed, in small letters. */
export function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** A key that sorts names as people do: `checkpoint-2` before `checkpoint-10`, whatever the case. */
export function sortKey(name: string): string {
  return folded(name).replaceAll(/\d+/gu, (digits) => {
    const number = digits.replace(/^0+(?=\d)/u, '');
    return String(number.length).padStart(3, '0') + number;
  });
}
