import type { Connection, Statement } from '../connection.ts';
import { modelColumns, toModel, type CatalogueModel, type ModelRow } from '../tables/model-row.ts';
import { differingParts } from './display-name.ts';
import {
  conditionOf,
  facetColumns,
  parseSearch,
  type Condition,
  type FacetColumn,
  type ModelFilter,
} from './filter.ts';

/** What a list is sorted by. Sizes and times begin with the largest and latest unless `ascending` says otherwise. */
export type ModelSort = 'name' | 'size' | 'stored' | 'frees' | 'time';

export interface ModelQuery extends ModelFilter {
  /** Absent: by name, or the best match first where `text` is set. */
  readonly sort?: ModelSort;
  readonly ascending?: boolean;
  readonly offset?: number;
  /** Rows at most. */
  readonly limit: number;
}

/** A row of a list. */
export interface ListedModel extends CatalogueModel {
  /** The name; where others have it too, with the part of the path that differs: `final (run-2/out)`. */
  readonly displayName: string;
}

export interface ModelPage {
  readonly models: readonly ListedModel[];
  /** Models that the filter takes, on all pages. */
  readonly total: number;
}

/** A value that models have, and how many of those that the other filters take have it. */
export interface FacetCount {
  readonly value: string | number | null;
  readonly label: string;
  readonly count: number;
}
export type Facets = Readonly<Record<FacetColumn, readonly FacetCount[]>>;

/** Sums over the models that a filter takes. Bytes that several models share count once. */
export interface Totals {
  readonly models: number;
  readonly bytes: number;
  readonly storedBytes: number;
  /** Of those that are known. */
  readonly freesBytes: number;
  readonly freesPredicted: boolean;
  /** Models of which nobody knows what they would free. */
  readonly freesUnknown: number;
}

const sorts: Readonly<Record<ModelSort, readonly [column: string, ascending: boolean]>> = {
  name: ['m.name_sorted', true],
  size: ['m.bytes', false],
  stored: ['m.stored_bytes', false],
  frees: ['m.frees_bytes', false],
  time: ['m.changed_at', false],
};

/** Questions over all models: lists, counts, sums. */
export class Queries {
  readonly #connection: Connection;
  readonly #byId: Statement<[number], ModelRow>;
  readonly #names: Statement<[], { id: number; name: string; path: string }>;
  readonly #sameName: Statement<[string], { path: string }>;
  readonly #reclaimable: Statement<[], { models: number; bytes: number }>;
  readonly #folders: Statement<[], { id: number; path: string }>;
  readonly #families: Statement<[], { id: number; name: string }>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#byId = connection.prepare(`SELECT ${modelColumns} WHERE m.id = ?`);
    this.#names = connection.prepare('SELECT id, name, path FROM models');
    this.#sameName = connection.prepare('SELECT path FROM models WHERE name = ?');
    this.#reclaimable = connection.prepare(
      `SELECT count(*) AS models, coalesce(sum(weight_bytes), 0) AS bytes FROM models
        WHERE state = 'compressed' AND blocked = 0`,
    );
    this.#folders = connection.prepare('SELECT id, path FROM folders');
    this.#families = connection.prepare('SELECT id, name FROM families');
  }

  /** A page of the models that a filter takes. A model whose name is the searched text stands first. */
  list(query: ModelQuery): ModelPage {
    const { sql, parameters } = conditionOf(query);
    const [order, orderParameters] = orderOf(query);
    const rest = `WHERE ${sql} ORDER BY ${order} LIMIT ? OFFSET ?`;
    const all = [...parameters, ...orderParameters, query.limit, query.offset ?? 0];
    const rows = query.limit > largePage ? this.#wideRows(rest, all) : this.#narrowFirst(rest, all);
    return { models: this.#named(rows.map(toModel)), total: this.#count(sql, parameters) };
  }

  /** Names of all models by id, as a list shows them. */
  names(): Map<number, string> {
    const names = new Map<number, string>();
    for (const [name, models] of Map.groupBy(this.#names.all(), (row) => row.name)) {
      const parts = differingParts(models.map(({ path }) => path));
      for (const { id, path } of models) names.set(id, shownName(name, parts.get(path)));
    }
    return names;
  }

  /** For each column the values that occur, the most frequent first. */
  facets(filter: ModelFilter): Facets {
    const labels: Partial<Record<FacetColumn, ReadonlyMap<number, string>>> = {
      folder: new Map(this.#folders.all().map(({ id, path }) => [id, path])),
      family: new Map(this.#families.all().map(({ id, name }) => [id, name])),
    };
    // Columns that are not narrowed all count the same models: one pass over the texts serves them together.
    const free = facetColumns.filter((column) => filter[column] === undefined);
    const together = this.#groups(conditionOf(filter), free);
    const counts = facetColumns.map((column) => {
      const groups = free.includes(column) ? together : this.#groups(conditionOf(filter, column), [column]);
      const labelOf = (value: FacetCount['value']): string =>
        typeof value === 'number' ? (labels[column]?.get(value) ?? '') : (value ?? '');
      return [
        column,
        mostFrequent(column, groups).map((row) => ({ ...row, label: labelOf(row.value) })),
      ] as const;
    });
    return Object.fromEntries(counts) as Record<FacetColumn, FacetCount[]>;
  }

  totals(filter: ModelFilter): Totals {
    const { sql, parameters } = conditionOf(filter);
    const row = this.#connection
      .prepareOnce<unknown[], TotalsRow>(
        `SELECT count(*) AS models, coalesce(sum(m.bytes), 0) AS bytes, coalesce(sum(m.stored_bytes), 0) AS stored,
          coalesce(sum(m.frees_bytes), 0) AS frees, coalesce(max(m.frees_predicted), 0) AS predicted,
          coalesce(sum(m.frees_bytes IS NULL), 0) AS unknown
        FROM models m WHERE ${sql}`,
      )
      .get(...parameters);
    if (row === undefined) throw new Error('an aggregate always has a row');
    return {
      models: row.models,
      bytes: row.bytes - this.#countedAgain(sql, parameters),
      storedBytes: row.stored,
      freesBytes: row.frees,
      freesPredicted: row.predicted === 1,
      freesUnknown: row.unknown,
    };
  }

  /** Models whose originals could be reclaimed now, and the bytes of these. */
  reclaimable(): { readonly models: number; readonly bytes: number } {
    return this.#reclaimable.get() ?? { models: 0, bytes: 0 };
  }

  #wideRows(rest: string, parameters: readonly unknown[]): ModelRow[] {
    return this.#connection
      .prepareOnce<unknown[], ModelRow>(`SELECT ${modelColumns} ${rest}`)
      .all(...parameters);
  }

  /** Sorts narrow rows; the wide ones are fetched for the page alone. */
  #narrowFirst(rest: string, parameters: readonly unknown[]): ModelRow[] {
    return this.#connection
      .prepareOnce<unknown[], { id: number }>(`SELECT m.id FROM models m ${rest}`)
      .all(...parameters)
      .flatMap(({ id }) => this.#byId.get(id) ?? []);
  }

  #groups({ sql, parameters }: Condition, columns: readonly FacetColumn[]): Group[] {
    if (columns.length === 0) return [];
    const names = columns.map((column) => `m.${column}`).join(', ');
    return this.#connection
      .prepareOnce<unknown[], Group>(
        `SELECT ${names}, count(*) AS count FROM models m WHERE ${sql} GROUP BY ${names}`,
      )
      .all(...parameters);
  }

  #count(sql: string, parameters: readonly unknown[]): number {
    return (
      this.#connection
        .prepareOnce<unknown[], { count: number }>(`SELECT count(*) AS count FROM models m WHERE ${sql}`)
        .get(...parameters)?.count ?? 0
    );
  }

  /** Bytes that are in the sum more than once, because several files are the same bytes. */
  #countedAgain(sql: string, parameters: readonly unknown[]): number {
    return (
      this.#connection
        .prepareOnce<unknown[], { bytes: number }>(
          `SELECT coalesce(sum(again), 0) AS bytes FROM (
            SELECT sum(f.size) - max(f.size) AS again FROM files f JOIN models m ON m.id = f.model
            WHERE f.shared = 1 AND m.presence = 'whole' AND ${sql} GROUP BY f.ino, f.dev)`,
        )
        .get(...parameters)?.bytes ?? 0
    );
  }

  #named(models: readonly CatalogueModel[]): ListedModel[] {
    if (models.length > largePage) {
      const names = this.names();
      return models.map((model) => ({ ...model, displayName: names.get(model.id) ?? model.name }));
    }
    const parts = new Map<string, Map<string, string>>();
    return models.map((model) => {
      let ofName = parts.get(model.name);
      if (ofName === undefined) {
        ofName = differingParts(this.#sameName.all(model.name).map(({ path }) => path));
        parts.set(model.name, ofName);
      }
      return { ...model, displayName: shownName(model.name, ofName.get(model.path)) };
    });
  }
}

function shownName(name: string, part = ''): string {
  return part === '' ? name : `${name} (${part})`;
}

/** Rows from which a page is most of the library: all is read at once then. */
const largePage = 500;

interface TotalsRow {
  models: number;
  bytes: number;
  stored: number;
  frees: number;
  predicted: number;
  unknown: number;
}

type Group = Partial<Record<FacetColumn, FacetCount['value']>> & { readonly count: number };

/** Values of a column with their counts, the most frequent first. */
function mostFrequent(column: FacetColumn, groups: readonly Group[]): Omit<FacetCount, 'label'>[] {
  const counts = new Map<FacetCount['value'], number>();
  for (const group of groups) {
    const value = group[column] ?? null;
    counts.set(value, (counts.get(value) ?? 0) + group.count);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((left, right) => right.count - left.count);
}

/** The terms of ORDER BY. The id comes last, so that pages never overlap. */
function orderOf({ text = '', sort, ascending }: ModelQuery): [sql: string, parameters: unknown[]] {
  const { whole } = parseSearch(text);
  const terms: string[] = [];
  const parameters: unknown[] = [];
  if (whole !== '') {
    terms.push('m.name_folded <> ?');
    parameters.push(whole);
    if (sort === undefined) {
      terms.push('instr(m.name_folded, ?) <> 1', 'instr(m.name_folded, ?) = 0');
      parameters.push(whole, whole);
    }
  }
  const [column, usual] = sorts[sort ?? 'name'];
  terms.push(`${column} ${(ascending ?? usual) ? 'ASC' : 'DESC'} NULLS LAST`, 'm.name_sorted', 'm.id');
  return [terms.join(', '), parameters];
}
