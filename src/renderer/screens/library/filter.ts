import type { ModelSummary } from '../../../shared/index.ts';

/** What a list is narrowed to. Empty sets narrow nothing. */
export interface Filter {
  readonly text: string;
  readonly states: ReadonlySet<string>;
  readonly relations: ReadonlySet<ModelSummary['relation']>;
  readonly dtypes: ReadonlySet<string>;
  readonly folders: ReadonlySet<number>;
  readonly families: ReadonlySet<number>;
}

export const noFilter: Filter = {
  text: '',
  states: new Set(),
  relations: new Set(),
  dtypes: new Set(),
  folders: new Set(),
  families: new Set(),
};

export function isNarrowed(filter: Filter): boolean {
  return (
    filter.text.trim() !== '' ||
    [filter.states, filter.relations, filter.dtypes, filter.folders, filter.families].some(
      (set) => set.size > 0,
    )
  );
}

/** How a state is counted among the facets: a base is none of the originals that wait to be compressed. */
export function stateFacet({ state, lossy }: ModelSummary): string {
  return lossy && state !== 'offline' && state !== 'missing' && state !== 'damaged' ? 'close' : state;
}

/** Models that a filter lets through. Every word of the text must be found; a quoted text is taken as it is. */
export function filterModels(models: readonly ModelSummary[], filter: Filter): readonly ModelSummary[] {
  if (!isNarrowed(filter)) return models;
  const wanted = wordsOf(filter.text);
  const { states, relations, dtypes, folders, families } = filter;
  return models.filter(
    (model) =>
      (states.size === 0 || states.has(stateFacet(model))) &&
      (relations.size === 0 || relations.has(model.relation)) &&
      (dtypes.size === 0 || dtypes.has(model.dtype ?? '')) &&
      (folders.size === 0 || folders.has(model.folder ?? 0)) &&
      (families.size === 0 || families.has(model.familyId ?? 0)) &&
      wanted.every((word) => matches(model, word)),
  );
}

function matches({ name, path, family, dtype, relation }: ModelSummary, word: string): boolean {
  return (
    name.toLowerCase().includes(word) ||
    path.toLowerCase().includes(word) ||
    (family?.toLowerCase().includes(word) ?? false) ||
    dtype?.toLowerCase() === word ||
    (relation as string) === word
  );
}

function wordsOf(text: string): string[] {
  return [...text.toLowerCase().matchAll(/"([^"]*)"|(\S+)/g)].flatMap(([, quoted, word]) => {
    const found = quoted ?? word ?? '';
    return found === '' ? [] : [found];
  });
}
