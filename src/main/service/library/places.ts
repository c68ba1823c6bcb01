import { homedir } from 'node:os';
import type { CallResult } from '../../../shared/index.ts';
import { knownPlaces } from '../../library/index.ts';
import type { LibraryContext } from './context.ts';

/** Folders in which programs that people have keep models. */
export async function places({ fs, catalogue }: LibraryContext): Promise<CallResult<'places'>> {
  const start = performance.now();
  const watched = new Set(catalogue.folders.list().map(({ path }) => path));
  const found = await knownPlaces(fs, {
    platform: process.platform,
    home: homedir(),
    variables: process.env,
  });
  return {
    places: found.map(({ name, path }) => ({
      name,
      path,
      models: null,
      bytes: null,
      freesBytes: null,
      watched: watched.has(path),
    })),
    seconds: (performance.now() - start) / 1000,
  };
}
