import { z } from 'zod';
import { maxTensors } from './limits.ts';

/** Characters of an index. The largest published ones have about 10 MB. */
const maxIndexCharacters = 100_000_000;

/** Characters of a shard's file name: what file systems allow. */
const maxShardName = 255;

/**
 * Only the values of the map matter: which shards there are. `z.record` would lose a tensor named `__proto__`.
 * `metadata` differs between writers and is not used: `total_size` is a statement, not a measurement.
 */
const indexSchema = z.object({
  weight_map: z
    .custom<object>((map) => typeof map === 'object' && map !== null && !Array.isArray(map))
    .transform((map) => Object.values<unknown>({ ...map }))
    .pipe(z.array(z.string().min(1).max(maxShardName)).max(maxTensors)),
});

/** Which shards an index names, and which of them are not there. Names are data, never paths. */
export type ShardCheck =
  | { readonly understood: true; readonly shards: readonly string[]; readonly missing: readonly string[] }
  | { readonly understood: false; readonly reason: string };

/**
 * Compares the index of a sharded model (`model.safetensors.index.json`: `{metadata, weight_map}`) with the shards
 * that are present. Only a check: the tensors of a shard are always read from the shard itself.
 */
export function missingShards(indexText: string, present: Iterable<string>): ShardCheck {
  if (indexText.length > maxIndexCharacters) {
    return { understood: false, reason: `it is longer than ${maxIndexCharacters} characters` };
  }
  let json: unknown;
  try {
    json = JSON.parse(indexText);
  } catch {
    return { understood: false, reason: 'it is not JSON' };
  }
  const parsed = indexSchema.safeParse(json);
  if (!parsed.success) return { understood: false, reason: 'it has no map from tensors to shards' };
  const shards = [...new Set(parsed.data.weight_map)].sort();
  const there = new Set(present);
  return { understood: true, shards, missing: shards.filter((shard) => !there.has(shard)) };
}
