import { isMap, isScalar, parseDocument } from 'yaml';
import { z } from 'zod';
import type { DeclaredParent } from './facts.ts';

// Small texts that came with a model: anybody may have written them. Whatever does not parse, or is too large to be
// what its name says, says nothing.

/** Characters of a JSON text that is looked at. Configurations of published models stay under 100 kB. */
const MOST_JSON = 4 << 20;
/** Characters of a YAML text that is looked at; its parser is slow, and recipes are short. */
const MOST_YAML = 128 << 10;
/** Aliases that may stand for nodes, each counted by what it unfolds to: refuses "billion laughs". */
const MOST_ALIASES = 100;
/** Brackets or dashes that may be open at once; recipes nest some six deep. */
const MOST_DEPTH = 64;
/** Characters of a name or path. */
const MOST_NAME = 1024;
/** Parents that a model may name. */
const MOST_PARENTS = 64;

/** Names are shown to people: what moves the cursor of a terminal, or turns the direction of writing, is no name. */
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** What a JSON text holds; undefined where it does not parse or is too long. */
export function jsonOf(text: string): unknown {
  if (text.length > MOST_JSON) return undefined;
  try {
    return JSON.parse(text.replace(/^\uFEFF/u, ''));
  } catch {
    return undefined;
  }
}

/** What the first document of a YAML text holds; undefined where it does not parse, is too long, deep or unfolds too far. */
export function yamlOf(text: string): unknown {
  if (text.length > MOST_YAML || bracketDepth(text) > MOST_DEPTH) return undefined;
  try {
    const document = parseDocument(text, {
      schema: 'core',
      uniqueKeys: false,
      logLevel: 'silent',
      prettyErrors: false,
    });
    if (document.errors.length > 0) return undefined;
    if (!isMap(document.contents) && !isScalar(document.contents)) return undefined;
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch {
    return undefined;
  }
}

/** Flow collections open at once: the parser calls itself for each. */
function bracketDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** A name or path as it may stand in a text; anything else becomes undefined. */
export const nameSchema = z
  .string()
  .transform((text) => text.trim())
  .refine((text) => text.length > 0 && text.length <= MOST_NAME && !controls.test(text))
  .refine((text) => !/^(?:none|null|\.|\.\.)$/iu.test(text))
  .optional()
  .catch(undefined);

/** A finite number; anything else becomes undefined. */
export const numberSchema = z.number().optional().catch(undefined);

/** A list of whatever, or one thing in place of a list; anything absent is an empty list. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.slice(0, MOST_PARENTS) : [value];
}

/** Parents without those that are named twice by one place, and no more than a merge can have. */
export function distinctParents(parents: readonly DeclaredParent[]): DeclaredParent[] {
  const known = new Map(parents.toReversed().map((parent) => [`${parent.source}\n${parent.name}`, parent]));
  return [...known.values()].toReversed().slice(0, MOST_PARENTS);
}
