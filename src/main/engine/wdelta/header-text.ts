import { WdeltaFlaw } from './flaw.ts';
import { maxDepth, maxMembers } from './limits.ts';

const quotation = 0x22;
const backslash = 0x5c;
const openings = new Set([0x7b, 0x5b]);
const closings = new Set([0x7d, 0x5d]);
const colon = 0x3a;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses the text of a JSON header. Depth and number of names are bounded before anything is built from it, and a
 * name that an object has twice is found by counting: `JSON.parse` would keep the last and say nothing.
 * @throws WdeltaFlaw
 */
export function parseHeaderText(text: Uint8Array): unknown {
  const members = countMembers(text);
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(text));
  } catch {
    throw new WdeltaFlaw('its header is not JSON in UTF-8');
  }
  if (membersOf(json) !== members) throw new WdeltaFlaw('its header has a name twice');
  return json;
}

/** Names in a text that is JSON; of any other the number means nothing, but is bounded all the same. */
function countMembers(text: Uint8Array): number {
  let depth = 0;
  let members = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0;
    if (byte === quotation) inString = !inString;
    else if (inString) at += byte === backslash ? 1 : 0;
    else if (byte === colon) members += 1;
    else if (openings.has(byte)) depth += 1;
    else if (closings.has(byte)) depth -= 1;
    if (depth > maxDepth) throw new WdeltaFlaw('its header is nested deeper than any such header');
    if (members > maxMembers) throw new WdeltaFlaw(`its header has more than ${maxMembers} names`);
  }
  return members;
}

function membersOf(json: unknown): number {
  if (typeof json !== 'object' || json === null) return 0;
  const values = Object.values(json) as unknown[];
  const own = Array.isArray(json) ? 0 : values.length;
  return values.reduce<number>((sum, value) => sum + membersOf(value), own);
}
