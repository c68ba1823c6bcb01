import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Catalogue, ListedModel, ModelQuery } from '../../../src/main/library/catalogue/index.ts';
import { differingParts } from '../../../src/main/library/catalogue/query/display-name.ts';
import { foundFile, foundModel } from './found-models.ts';
import { temporaryCatalogue } from './temporary-catalogue.ts';

const words = ['llama', 'Llama', 'code', 'é', 'É', 'e\u0301', '10', '2', '%', '_', "'", '"', ' '];
const someText = fc.array(fc.constantFrom(...words), { maxLength: 4 }).map((parts) => parts.join(''));
const dtypes = ['BF16', 'F32'] as const;

/** A library of models with names that collide, of all layouts, some stored, some blocked. */
function fill(catalogue: Catalogue, folder: number): void {
  const other = catalogue.folders.add('/other', null);
  for (const [at, where] of [folder, other].entries()) {
    const session = catalogue.scan(where);
    for (let number = 0; number < 40; number++) {
      const name = words.slice(number % 7, (number % 7) + 1 + (number % 3)).join('-') + String(number % 12);
      const tensors = number % 9 === 0 ? [] : undefined;
      session.found(
        foundModel(
          `/${['models', 'other'][at] ?? ''}/${number % 4}/${number}/${name}`,
          {
            layout: number % 5 === 0 ? 'adapter' : 'folder',
            files: [foundFile('w', { size: 100 + ((number * 37) % 50) })],
            blockers: number % 6 === 0 ? ['links'] : [],
            ...(tensors && { tensors }),
          },
          dtypes[number % 2] ?? 'F32',
        ),
        's',
      );
    }
    session.finish();
  }
  const ids = catalogue.models.ids();
  for (const id of ids) if (id % 3 !== 0) catalogue.models.setPredicted(id, (id * 7) % 60);
  const edges = ids.slice(1, 20).map((child) => ({
    ...{ child, parent: child % 2 === 0 ? 1 : 21, evidence: 'measured' as const },
    ...{ confidence: 1, directed: true, reasons: [] },
  }));
  catalogue.lineage.replace(edges, [], 'stamp');
}

const orNull = <T>(values: readonly T[]) => fc.constantFrom<T | null>(...values, null);
const queries: fc.Arbitrary<ModelQuery> = fc.record(
  {
    text: someText,
    state: fc.subarray(['original', 'missing', 'stored'] as const, { minLength: 1 }),
    family: fc.array(orNull([1, 21, 99]), { minLength: 1, maxLength: 2 }),
    dtype: fc.array(orNull(dtypes), { minLength: 1, maxLength: 2 }),
    layout: fc.subarray(['folder', 'adapter', 'file'] as const, { minLength: 1 }),
    folder: fc.array(orNull([1, 2]), { minLength: 1, maxLength: 2 }),
    sort: fc.constantFrom('name', 'size', 'stored', 'frees', 'time'),
    ascending: fc.boolean(),
    offset: fc.nat(50),
    limit: fc.integer({ min: 1, max: 100 }),
  },
  { requiredKeys: ['limit'] },
);

/** Whether a model is asked for, written down as the words say it. */
function takes(query: ModelQuery, model: ListedModel): boolean {
  const fold = (text: string): string => text.normalize('NFC').toLowerCase();
  const parts = (query.text ?? '').split('"');
  const quoted = parts.filter((part, at) => at % 2 === 1 && part !== '');
  const loose = parts
    .filter((_, at) => at % 2 === 0)
    .flatMap((part) => fold(part).split(/\s+/u).filter(Boolean));
  const has = <T>(values: readonly T[] | undefined, value: T): boolean => values?.includes(value) ?? true;
  return (
    quoted.every((part) => [model.name, model.path].some((text) => text.includes(part))) &&
    loose.every((word) => [model.name, model.path].some((text) => fold(text).includes(word))) &&
    has(query.state, model.state) &&
    has(query.family, model.family?.id ?? null) &&
    has(query.dtype, model.dtype) &&
    has(query.layout, model.layout) &&
    has(query.folder, model.folder)
  );
}

test('lists, counts and sums are those of a naive reference', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  fill(catalogue, folder);
  const { models: all } = catalogue.queries.list({ limit: 1000 });
  expect(all).toHaveLength(80);
  fc.assert(
    fc.property(queries, (query) => {
      const wanted = all.filter((model) => takes(query, model));
      const whole = catalogue.queries.list({ ...query, offset: 0, limit: 1000 });
      const ids = whole.models.map(({ id }) => id);
      expect([...ids].sort((left, right) => left - right)).toEqual(
        wanted.map(({ id }) => id).sort((left, right) => left - right),
      );
      const page = catalogue.queries.list(query);
      const from = query.offset ?? 0;
      expect(page.models.map(({ id }) => id)).toEqual(ids.slice(from, from + query.limit));
      expect(page.total).toBe(wanted.length);
      expectOrder(query, whole.models);

      expect(catalogue.queries.totals(query)).toMatchObject({
        models: wanted.length,
        bytes: wanted.reduce((sum, { bytes }) => sum + bytes, 0),
        freesBytes: wanted.reduce((sum, { freesBytes }) => sum + (freesBytes ?? 0), 0),
        freesUnknown: wanted.filter(({ freesBytes }) => freesBytes === null).length,
      });
      const facets = catalogue.queries.facets(query);
      for (const column of ['state', 'dtype', 'layout', 'folder', 'family'] as const) {
        const { limit, ...narrowing } = query;
        const kept = Object.entries(narrowing).filter(([key]) => key !== column);
        const rest: ModelQuery = { ...Object.fromEntries(kept), limit };
        const counts = new Map<string | number | null, number>();
        for (const model of all) {
          if (!takes(rest, model)) continue;
          const value = column === 'family' ? (model.family?.id ?? null) : model[column];
          counts.set(value, (counts.get(value) ?? 0) + 1);
        }
        expect(new Map(facets[column].map(({ value, count }) => [value, count]))).toEqual(counts);
      }
    }),
  );
});

function expectOrder(query: ModelQuery, models: readonly ListedModel[]): void {
  if (query.sort === undefined || query.sort === 'name') return;
  const exact = (query.text ?? '').replaceAll('"', '').trim().normalize('NFC').toLowerCase();
  const column = { size: 'bytes', stored: 'storedBytes', frees: 'freesBytes', time: 'changedAt' } as const;
  const key = column[query.sort];
  const rest = models.filter(({ name }) => exact === '' || name.normalize('NFC').toLowerCase() !== exact);
  const values = rest.map((model) => model[key]);
  const known = values.filter((value) => value !== null);
  expect(values).toEqual([...known, ...values.filter((value) => value === null)]);
  for (let at = 1; at < known.length; at++) {
    const [before = 0, after = 0] = [known[at - 1], known[at]];
    expect(query.ascending === true ? before <= after : before >= after).toBe(true);
  }
}

test('names sort as people count, and a model of the searched name comes first', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const session = catalogue.scan(folder);
  for (const name of ['checkpoint-10', 'Checkpoint-2', 'checkpoint-2-merged', 'a-checkpoint-2', 'zeta']) {
    session.found(foundModel(`/models/${name}`), 's');
  }
  session.finish();
  const names = (query: Omit<ModelQuery, 'limit'>) =>
    catalogue.queries.list({ ...query, limit: 10 }).models.map(({ name }) => name);
  expect(names({})).toEqual([
    'a-checkpoint-2',
    'Checkpoint-2',
    'checkpoint-2-merged',
    'checkpoint-10',
    'zeta',
  ]);
  expect(names({ text: 'CHECKPOINT-2' })).toEqual(['Checkpoint-2', 'checkpoint-2-merged', 'a-checkpoint-2']);
  expect(names({ text: '"Checkpoint-2"' })).toEqual(['Checkpoint-2']);
  expect(names({ text: 'models zeta' })).toEqual(['zeta']);
  expect(names({ text: 'checkpoint-2', sort: 'size' })[0]).toBe('Checkpoint-2');
});

test('bytes that models share count once, as long as they are there', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const blob = foundFile('model.safetensors', { linkedTo: '/blobs/1' });
  const unnumbered = { ino: '0', dev: '7' };
  const models = [
    foundModel('/models/a', {
      files: [blob, foundFile('config.json', { size: 5, role: 'config' })],
      tensors: [],
    }),
    foundModel('/models/b', { files: [blob, { ...blob, path: 'again' }], tensors: [] }),
    foundModel('/models/c', { files: [foundFile('w', unnumbered)], tensors: [] }),
    foundModel('/models/d', { files: [foundFile('w', unnumbered)], tensors: [] }),
  ];
  const session = catalogue.scan(folder);
  for (const model of models) session.found(model, 's');
  session.finish();
  expect(catalogue.queries.totals({}).bytes).toBe(1005 + 2000);
  expect(catalogue.queries.totals({ text: '/models/b' }).bytes).toBe(1000);

  const later = catalogue.scan(folder);
  for (const model of models.slice(1)) later.found(model, 's');
  later.finish();
  expect(catalogue.queries.totals({ state: ['original'] }).bytes).toBe(1000 + 2000);
});

test('equal names show as much of the path as tells them apart', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const session = catalogue.scan(folder);
  for (const path of [
    '/models/run-1/out/final',
    '/models/run-2/out/final',
    '/models/x/final',
    '/models/y/only',
  ]) {
    session.found(foundModel(path), 's');
  }
  session.finish();
  expect(catalogue.queries.list({ limit: 10 }).models.map(({ displayName }) => displayName)).toEqual([
    'final (run-1/out)',
    'final (run-2/out)',
    'final (x)',
    'only',
  ]);
});

test('the parts that are shown differ, and are as short as can be', () => {
  const segment = fc.constantFrom('a', 'b', 'c');
  const paths = fc.uniqueArray(
    fc.array(segment, { maxLength: 4 }).map((parts) => `/${[...parts, 'model'].join('/')}`),
    { minLength: 2, maxLength: 12 },
  );
  fc.assert(
    fc.property(paths, (all) => {
      const parts = differingParts(all);
      const shown = [...parts.values()];
      expect(new Set(shown).size).toBe(all.length);
      for (const [path, part] of parts) expect(path.endsWith(`${part}/model`)).toBe(true);
    }),
  );
});
