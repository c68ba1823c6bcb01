import type { ModelSummary } from '../../src/shared/index.ts';

/** A model as a list has it; what a test does not say is plain. */
export function makeModel(model: Partial<ModelSummary> & { readonly id: number }): ModelSummary {
  const name = model.name ?? `model-${model.id}`;
  return {
    name,
    path: `/models/${name}`,
    layout: 'folder',
    dtype: 'BF16',
    parameters: 1000,
    bytes: 2000,
    storedBytes: null,
    predictedBytes: null,
    freesBytes: 0,
    state: 'original',
    lossy: false,
    family: null,
    familyId: null,
    relation: 'alone',
    parents: [],
    dependents: 0,
    folder: 1,
    awayOn: null,
    blocked: null,
    verifiedAt: null,
    ...model,
  };
}

/** A parent that was measured. */
export function parent(id: number, weight?: number): ModelSummary['parents'][number] {
  return {
    id,
    name: `model-${id}`,
    evidence: 'measured',
    confidence: 0.9,
    ...(weight !== undefined && { weight }),
  };
}
