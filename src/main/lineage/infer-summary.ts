import { createHash } from 'node:crypto';
import { layoutKey, type Layout } from './infer-layout.ts';
import { isTelling, signsOf, tellingKeys } from './infer-signs.ts';
import type { ModelProfile } from './profile.ts';
import type { ModelSketch } from './sketch.ts';

/** The little of a model that is kept of all models at once, to find its relatives by. */
export interface Summary {
  /** Equal for models with the same weights under whatever names; undefined where not every byte of them is known. */
  readonly weightsKey: string | undefined;
  /** Equal for models whose tensors compare one by one; empty where none does. */
  readonly layoutKey: string;
  /** Signs by which relatives are told from strangers at a glance. */
  readonly signs: Uint32Array;
  /** False where its values are all alike: they tell no relative from a stranger. */
  readonly telling: boolean;
}

/**
 * Summarises a model.
 * @param sketch its own, undefined before its bytes were looked at
 * @param layout that of the sketch
 */
export function summaryOf(
  profile: ModelProfile,
  sketch: ModelSketch | undefined,
  layout: Layout | undefined,
): Summary {
  const known = layout ?? new Map<string, never>();
  const keys = tellingKeys(known);
  return {
    weightsKey: weightsKey(profile, sketch),
    layoutKey: layoutKey(known),
    signs: signsOf(known, keys),
    telling: isTelling(known, keys),
  };
}

function weightsKey(
  { weightsDigest, adapter }: ModelProfile,
  sketch: ModelSketch | undefined,
): string | undefined {
  if (weightsDigest !== undefined) return `${adapter} whole ${weightsDigest}`;
  if (!sketch || sketch.tensors.length === 0) return undefined;
  const digests = sketch.tensors.map(({ digest, length }) => (length === 0 ? '' : digest));
  if (digests.some((digest) => digest === undefined)) return undefined;
  return `${adapter} ${createHash('sha256').update(digests.sort().join(' ')).digest('base64')}`;
}
