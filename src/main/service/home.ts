import envPaths from 'env-paths';
import { resolve } from 'node:path';

/** Where catalogue and default vault are, unless a person says otherwise: the data folder of this system. */
export function homeOf(given: string | undefined): string {
  return given === undefined ? envPaths('deltashelf', { suffix: '' }).data : resolve(given);
}
