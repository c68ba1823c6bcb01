/** How well a text answers to what was typed; smaller is better. Undefined: not at all. */
export interface Match {
  readonly score: number;
  /** Parts of the text that were found, in their order: from, to. */
  readonly found: readonly (readonly [number, number])[];
}

const exact = 0;
const prefix = 1;
const wordStart = 2;
const inside = 3;
const scattered = 4;
/** Names are told apart by length where they match alike; so many characters are as much as a class. */
const longest = 1000;

/**
 * Matches one typed word, in lower case, with a text in lower case: exact names first, then beginnings, then beginnings
 * of words in it, then anywhere, then its letters scattered in their order.
 */
export function matchWord(text: string, typed: string): Match | undefined {
  if (typed === '') return { score: scattered, found: [] };
  const at = text.indexOf(typed);
  if (at >= 0) {
    const start = wordStartOf(text, typed, at);
    const rank = text === typed ? exact : start === 0 ? prefix : start > 0 ? wordStart : inside;
    const from = start >= 0 ? start : at;
    return { score: rank + tie(text), found: [[from, from + typed.length]] };
  }
  const found = letters(text, typed);
  return found && { score: scattered + tie(text) + spread(found) / longest, found };
}

/**
 * Matches all typed words with a text; each must be found, in any order. The worst of them says how well.
 * @param typed words in lower case
 */
export function matchWords(text: string, typed: readonly string[]): Match | undefined {
  const [only, second] = typed;
  if (only === undefined) return { score: scattered, found: [] };
  if (second === undefined) return matchWord(text, only);
  const whole = matchWord(text, typed.join(' '));
  if (whole && whole.score < scattered) return whole;
  let score = 0;
  const found: (readonly [number, number])[] = [];
  for (const word of typed) {
    const match = matchWord(text, word);
    // Letters of several words, all scattered, are found in nearly anything.
    if (!match || match.score >= scattered) return undefined;
    score = Math.max(score, match.score);
    found.push(...match.found);
  }
  return { score, found: found.sort(([left], [right]) => left - right) };
}

function tie(text: string): number {
  return Math.min(text.length, longest - 1) / longest / 2;
}

function wordStartOf(text: string, typed: string, first: number): number {
  for (let at = first; at >= 0; at = text.indexOf(typed, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '')) return at;
  }
  return -1;
}

function letters(text: string, typed: string): (readonly [number, number])[] | undefined {
  const found: [number, number][] = [];
  let from = 0;
  for (const letter of typed) {
    const at = text.indexOf(letter, from);
    if (at < 0) return undefined;
    const last = found.at(-1);
    if (last?.[1] === at) last[1] = at + letter.length;
    else found.push([at, at + letter.length]);
    from = at + letter.length;
  }
  return found;
}

function spread(found: readonly (readonly [number, number])[]): number {
  const [first] = found;
  const last = found.at(-1);
  return first && last ? Math.min(last[1] - first[0], longest / 2) : 0;
}

/** A text cut where parts of it were found, to be shown. */
export function segments(
  text: string,
  found: Match['found'],
): { readonly text: string; readonly hit: boolean }[] {
  const parts: { text: string; hit: boolean }[] = [];
  let at = 0;
  for (const [from, to] of found) {
    if (from < at) continue;
    if (from > at) parts.push({ text: text.slice(at, from), hit: false });
    parts.push({ text: text.slice(from, to), hit: true });
    at = to;
  }
  if (at < text.length) parts.push({ text: text.slice(at), hit: false });
  return parts;
}
