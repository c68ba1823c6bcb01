import type { ModelState } from '../../../../shared/library/index.ts';
import type { ModelLayout } from '../../scan/found-model.ts';
import { folded } from '../texts.ts';

/** Which models are asked for. What is absent does not narrow; several values of one kind are alternatives. */
export interface ModelFilter {
  /**
   * Words that all occur in name or path, in any case; words in quotes occur exactly as written, spaces and case
   * included.
   */
  readonly text?: string;
  readonly state?: readonly ModelState[];
  /** Ids of families; null: in none. */
  readonly family?: readonly (number | null)[];
  /** Element types; null: no tensors. */
  readonly dtype?: readonly (string | null)[];
  readonly layout?: readonly ModelLayout[];
  /** Ids of watched folders; null: in none. */
  readonly folder?: readonly (number | null)[];
}

/** Columns by which lists are narrowed and counted. */
export const facetColumns = ['state', 'family', 'dtype', 'layout', 'folder'] as const;
export type FacetColumn = (typeof facetColumns)[number];

/** SQL after WHERE, with its parameters. */
export interface Condition {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What `text` asks for. */
export interface SearchTerms {
  /** Folded. */
  readonly words: readonly string[];
  /** As written between quotes. */
  readonly exact: readonly string[];
  /** The whole text, folded, without quotes: a model of that name comes first. */
  readonly whole: string;
}

export function parseSearch(text: string): SearchTerms {
  const exact: string[] = [];
  const rest = text.replaceAll(/"([^"]*)"?/gu, (_all, quoted: string) => {
    if (quoted !== '') exact.push(quoted);
    return ' ';
  });
  const words = folded(rest)
    .split(/\s+/u)
    .filter((word) => word !== '');
  return { words, exact, whole: folded(text.replaceAll('"', '').trim()) };
}

/**
 * @param except a column that is left out: a facet counts what would be there if it were not narrowed
 */
export function conditionOf(filter: ModelFilter, except?: FacetColumn): Condition {
  const parts: string[] = [];
  const parameters: unknown[] = [];
  const { words, exact } = parseSearch(filter.text ?? '');
  for (const word of words) {
    parts.push('(instr(m.name_folded, ?) OR instr(m.path_folded, ?))');
    parameters.push(word, word);
  }
  for (const phrase of exact) {
    parts.push('(instr(m.name, ?) OR instr(m.path, ?))');
    parameters.push(phrase, phrase);
  }
  for (const column of facetColumns) {
    const values: readonly (string | number | null)[] | undefined = filter[column];
    if (values === undefined || column === except) continue;
    const some = values.filter((value) => value !== null);
    const alternatives = [`m.${column} IN (${some.map(() => '?').join(', ')})`];
    if (some.length < values.length) alternatives.push(`m.${column} IS NULL`);
    parts.push(`(${alternatives.join(' OR ')})`);
    parameters.push(...some);
  }
  return { sql: parts.length === 0 ? 'TRUE' : parts.join(' AND '), parameters };
}
