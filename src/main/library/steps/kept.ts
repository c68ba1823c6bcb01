import { levels, type Level } from '../../engine/delta/index.ts';
import type { Sidecar } from '../vault/index.ts';
import type { Described } from './describe-stored.ts';

/** What a stored model keeps when its delta is made again. */
export function describedOf({ id, name, path, delta, lineage, files, parents }: Sidecar): Described {
  const weights = files.filter((file) => file.weights).map((file) => file.path);
  return { id, name, path, file: delta.file, lineage, weights, parents };
}

/** The effort with which it was made; of one that is not known here, the usual. */
export function levelOf({ delta }: Sidecar): Level {
  return levels.find((level) => level === delta.level) ?? 'fast';
}
