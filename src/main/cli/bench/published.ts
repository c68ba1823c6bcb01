import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { DeltashelfError, type BenchLibraryResult } from '../../../shared/index.ts';
import { shownPath } from '../../library/index.ts';

const peersFile = z.object({
  pairs: z.array(
    z.object({
      child: z.string(),
      parent: z.string(),
      methods: z.record(z.string(), z.object({ bytes: z.number() })),
    }),
  ),
});

/** Bytes that published methods reach on pairs, as a peer file lists them. */
export type PublishedPairs = z.infer<typeof peersFile>['pairs'];

/** Row of the strongest published method. */
const strongest = 'fmpp';

export async function readPublished(paths: readonly string[]): Promise<PublishedPairs> {
  const pairs: PublishedPairs = [];
  for (const path of paths) {
    try {
      pairs.push(...peersFile.parse(JSON.parse(await readFile(path, 'utf8'))).pairs);
    } catch (error) {
      throw new DeltashelfError(
        'not-readable',
        `${shownPath(path)} is no file of published figures. Nothing was measured; give the peers.json of a bench library.`,
        { file: path },
        error,
      );
    }
  }
  return pairs;
}

/** What Deltashelf stores over what published methods do, for each pair that both know. */
export function compareWithPublished(
  results: BenchLibraryResult['pairs'],
  published: PublishedPairs,
): BenchLibraryResult['published'] {
  return results.flatMap(({ child, parent, group, dtype, rows }) => {
    const listed = published.find((pair) => pair.child === child && pair.parent === parent)?.methods;
    const [best] = Object.entries(listed ?? {}).sort((a, b) => a[1].bytes - b[1].bytes);
    if (!listed || !best) return [];
    const fmpp = listed[strongest]?.bytes;
    return rows.flatMap((row) => {
      if ('unavailable' in row || !row.name.startsWith('Deltashelf')) return [];
      const { name: method, storedBytes } = row;
      const toFmpp = fmpp === undefined ? null : storedBytes / fmpp;
      return [
        {
          child,
          parent,
          group,
          dtype,
          method,
          storedBytes,
          toFmpp,
          toBest: storedBytes / best[1].bytes,
          best: best[0],
        },
      ];
    });
  });
}
