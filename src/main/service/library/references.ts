import { resolve } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import type { CatalogueModel } from '../../library/index.ts';
import type { LibraryContext } from './context.ts';

const mostNamed = 6;

/**
 * Finds the model that a person means: `#12` by its number, else by its path, else by its whole name, also as lists show
 * it where several have that name: `final (run-2/out)`.
 * @throws DeltashelfError `not-found`; `usage` where several have that name
 */
export function findModel({ catalogue }: LibraryContext, reference: string): CatalogueModel {
  const id = numberIn(reference) ?? catalogue.models.idAt(resolve(reference));
  const found = id === undefined ? undefined : catalogue.models.get(id);
  if (found) return found;
  const { models } = catalogue.queries.list({ text: `"${reference}"`, limit: 1000 });
  const named = models.filter(({ name }) => name === reference);
  const [only = shownAs(catalogue, reference), ...others] = named;
  if (only === undefined)
    throw unknown(
      reference,
      models.map(({ name }) => name),
    );
  if (others.length > 0) throw ambiguous(reference, named);
  return only;
}

function shownAs(catalogue: LibraryContext['catalogue'], reference: string): CatalogueModel | undefined {
  if (!reference.endsWith(')')) return undefined;
  const found = [...catalogue.queries.names()].find(([, name]) => name === reference);
  return found && catalogue.models.get(found[0]);
}

/** What a model is called that a call names; the reference itself where it names none. */
export function nameFor(catalogue: LibraryContext['catalogue'], reference: string): string {
  const id = numberIn(reference) ?? catalogue.models.idAt(resolve(reference));
  return (id === undefined ? undefined : catalogue.models.get(id)?.name) ?? reference;
}

function numberIn(reference: string): number | undefined {
  const number = /^#(\d{1,15})$/u.exec(reference)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** The models of a call about some of them, each once. */
export function findModels(context: LibraryContext, references: readonly string[]): CatalogueModel[] {
  const found = references.map((reference) => findModel(context, reference));
  return [...new Map(found.map((model) => [model.id, model])).values()];
}

function unknown(reference: string, near: readonly string[]): DeltashelfError {
  const hint =
    near.length > 0
      ? `Do you mean ${near.slice(0, mostNamed).join(', ')}?`
      : 'See what there is with: deltashelf list';
  return new DeltashelfError(
    'not-found',
    `No model in the library is called "${reference}" or lies there. Nothing was done. ${hint}`,
    { file: reference },
  );
}

function ambiguous(reference: string, named: readonly CatalogueModel[]): DeltashelfError {
  const places = named.slice(0, mostNamed).map(({ id, path }) => `#${id} ${path}`);
  return new DeltashelfError(
    'usage',
    `${named.length} models are called "${reference}". Nothing was done. Give the number or path of one: ${places.join('; ')}.`,
  );
}
