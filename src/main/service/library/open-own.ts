import { openModel, type OpenModel } from '../../library/index.ts';
import type { LibraryContext } from './context.ts';

/** A model of the library, open for reading, with the files that the last scan counted to it. */
export interface OpenOwn extends Pick<OpenModel, 'name' | 'files'>, AsyncDisposable {}

/**
 * Opens a model of the library without the models that lie inside its folder.
 * @throws DeltashelfError `not-found`, `not-readable`, `changed-while-reading`
 */
export async function openOwn({ fs, catalogue }: LibraryContext, id: number): Promise<OpenOwn> {
  const found = catalogue.models.found(id);
  if (!found) throw new Error('a model of the library has a row');
  const model = await openModel(fs, found.path, { leaveOut: new Set(found.leftOut) });
  const own = new Set(found.files.map(({ path }) => path));
  return {
    name: model.name,
    files: model.files.filter(({ path }) => own.has(path)),
    [Symbol.asyncDispose]: () => model.close(),
  };
}
