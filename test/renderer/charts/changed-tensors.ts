import type { ChangedTensor } from '../../../src/renderer/charts/heat-grid.ts';

/** A tensor with a change; what is not said is plain. */
export function changedTensor(name: string, facts: Partial<ChangedTensor> = {}): ChangedTensor {
  return {
    name,
    layer: null,
    group: 'other',
    dtype: 'bf16',
    shape: [512, 512],
    bytes: 524_288,
    storedBytes: 100_000,
    change: 0.01,
    equal: 0.7,
    coded: 'residual',
    ...facts,
  };
}

/** The tensors of a small transformer: every projection changed, more in later layers; norms and biases equal. */
export function transformer(layers: number): ChangedTensor[] {
  const equal = { change: 0, equal: 1, storedBytes: 0, bytes: 1024, shape: [512], coded: 'equal' };
  return [
    changedTensor('model.embed_tokens.weight', { ...equal, bytes: 4_000_000, group: 'embed' }),
    ...Array.from({ length: layers }, (_, layer) => [
      ...(['down', 'gate', 'k', 'q'] as const).map((group) =>
        changedTensor(`model.layers.${layer}.${group}_proj.weight`, {
          layer,
          group,
          change: 0.001 * (layer + 1),
        }),
      ),
      changedTensor(`model.layers.${layer}.q_proj.bias`, { ...equal, layer, group: 'q' }),
      changedTensor(`model.layers.${layer}.input_layernorm.weight`, { ...equal, layer, group: 'norm' }),
      changedTensor(`model.layers.${layer}.post_layernorm.weight`, { ...equal, layer, group: 'norm' }),
    ]).flat(),
    changedTensor('lm_head.weight', { bytes: 4_000_000, change: 0.0021 }),
  ];
}
