import { chunkCodecs } from './layout.ts';
import type { DeltaRecord, Recipe } from './index-types.ts';

/** Names of all that a reader may have to know and that this build knows, version by version. */
export const knownFeatures: ReadonlySet<string> = new Set([
  ...Object.keys(chunkCodecs).map((codec) => `${codec}-0`),
  'same-0',
  'cast-0',
  'scaled-0',
]);

/** What a reader must know to give back segments with these recipes from these records, sorted. */
export function featuresOf(recipes: Iterable<Recipe>, records: Iterable<DeltaRecord>): string[] {
  const features = new Set<string>();
  for (const { predictor, version } of recipes) {
    if (predictor !== 'none') features.add(`${predictor}-${version}`);
  }
  for (const record of records) {
    if (record.kind === 'chunk') features.add(`${record.codec}-0`);
  }
  return [...features].sort();
}
