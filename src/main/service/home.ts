import envPaths from 'env-paths';
import { resolve } from 'node:path';
import { DeltashelfError } from '../../shared/index.ts';

/** Where catalogue and default vault are, unless a person says otherwise: the data folder of this system. */
export function homeOf(given: string | undefined): string {
  if (given === '') {
    throw new DeltashelfError(
      'usage',
      'The home has no name. Nothing was done; give a folder, or leave --home away.',
    );
  }
  return given === undefined ? envPaths('deltashelf', { suffix: '' }).data : resolve(given);
}
