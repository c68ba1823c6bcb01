import { younger } from './direction-evidence.ts';
import type { LineageEdge } from './edges.ts';
import type { Said } from './infer-said.ts';
import type { Summary } from './infer-summary.ts';
import type { ModelProfile } from './profile.ts';

// Models that hold the same weights, byte for byte. One of them takes part in everything else; the others are its
// copies, and have no other parent.

/** Copies, each with the model it is a copy of, by id. Who is named as a parent, or is older, is the original. */
export function findCopies(
  models: readonly ModelProfile[],
  summaries: ReadonlyMap<number, Pick<Summary, 'weightsKey'>>,
  said: ReadonlyMap<number, Said>,
): Map<number, number> {
  const named = new Set([...said.values()].flatMap(({ parents }) => parents.map(({ id }) => id)));
  const byDigest = new Map<string, ModelProfile[]>();
  for (const model of models) {
    const facts = said.get(model.id);
    const key = summaries.get(model.id)?.weightsKey;
    if (key === undefined || facts?.kind === 'confirmed' || (model.adapter && facts)) continue;
    const same = byDigest.get(key);
    if (same) same.push(model);
    else byDigest.set(key, [model]);
  }
  const copies = new Map<number, number>();
  for (const same of byDigest.values()) {
    const [original, ...others] = same.sort(
      (a, b) => Number(named.has(b.id)) - Number(named.has(a.id)) || younger(b, a) || a.id - b.id,
    );
    for (const { id } of others) if (original) copies.set(id, original.id);
  }
  return copies;
}

/** An edge for each copy. */
export function copyEdges(
  models: ReadonlyMap<number, { readonly profile: ModelProfile }>,
  copies: ReadonlyMap<number, number>,
  said: ReadonlyMap<number, Said>,
): LineageEdge[] {
  return [...copies].flatMap(([child, parent]): LineageEdge[] => {
    const [copy, original] = [models.get(child)?.profile, models.get(parent)?.profile];
    if (!copy || !original) return [];
    const declared = said.get(child)?.parents.find(({ id }) => id === parent);
    return [
      {
        child,
        parent,
        evidence: declared ? 'declared' : 'measured',
        confidence: 1,
        directed: declared !== undefined || younger(original, copy) === 1,
        reasons: [
          ...(declared?.reasons ?? []).map((sentence) => ({ kind: 'declared' as const, sentence })),
          { kind: 'measured', sentence: `holds the same weights as ${original.name}, byte for byte` },
        ],
      },
    ];
  });
}
