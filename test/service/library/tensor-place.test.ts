// Layer and group of tensors by the names that the field's programs give them.
import { expect, test } from 'vitest';
import { tensorPlaces } from '../../../src/main/service/library/tensor-place.ts';

test.each([
  // Llama, Mistral, Qwen
  ['model.embed_tokens.weight', null, 'embedding'],
  ['model.layers.12.self_attn.q_proj.weight', 12, 'q'],
  ['model.layers.0.self_attn.k_proj.weight', 0, 'k'],
  ['model.layers.0.self_attn.v_proj.weight', 0, 'v'],
  ['model.layers.0.self_attn.o_proj.weight', 0, 'o'],
  ['model.layers.0.self_attn.q_proj.bias', 0, 'bias'],
  ['model.layers.31.mlp.gate_proj.weight', 31, 'gate'],
  ['model.layers.31.mlp.up_proj.weight', 31, 'up'],
  ['model.layers.31.mlp.down_proj.weight', 31, 'down'],
  ['model.layers.3.input_layernorm.weight', 3, 'norm'],
  ['model.layers.3.post_attention_layernorm.weight', 3, 'norm'],
  ['model.norm.weight', null, 'norm'],
  ['lm_head.weight', null, 'head'],
  // mixtures of experts
  ['model.layers.5.block_sparse_moe.gate.weight', 5, 'router'],
  ['model.layers.5.block_sparse_moe.experts.7.w1.weight', 5, 'gate'],
  ['model.layers.5.block_sparse_moe.experts.7.w2.weight', 5, 'down'],
  ['model.layers.5.mlp.experts.3.up_proj.weight', 5, 'up'],
  // fused
  ['model.layers.1.self_attn.qkv_proj.weight', 1, 'qkv'],
  ['model.layers.1.mlp.gate_up_proj.weight', 1, 'gate'],
  ['gpt_neox.layers.2.attention.query_key_value.weight', 2, 'qkv'],
  ['gpt_neox.layers.2.attention.dense.weight', 2, 'o'],
  ['gpt_neox.layers.2.mlp.dense_h_to_4h.weight', 2, 'up'],
  ['gpt_neox.layers.2.mlp.dense_4h_to_h.weight', 2, 'down'],
  // GPT-2
  ['transformer.wte.weight', null, 'embedding'],
  ['wpe.weight', null, 'position'],
  ['transformer.h.4.attn.c_attn.weight', 4, 'qkv'],
  ['transformer.h.4.attn.c_proj.weight', 4, 'o'],
  ['transformer.h.4.mlp.c_fc.weight', 4, 'up'],
  ['transformer.h.4.mlp.c_proj.weight', 4, 'down'],
  ['transformer.h.4.ln_1.weight', 4, 'norm'],
  ['transformer.ln_f.bias', null, 'norm'],
  // BERT and ViT
  ['bert.embeddings.word_embeddings.weight', null, 'embedding'],
  ['bert.embeddings.position_embeddings.weight', null, 'position'],
  ['bert.encoder.layer.6.attention.self.query.weight', 6, 'q'],
  ['bert.encoder.layer.6.attention.self.key.bias', 6, 'bias'],
  ['bert.encoder.layer.6.attention.output.dense.weight', 6, 'o'],
  ['bert.encoder.layer.6.attention.output.LayerNorm.weight', 6, 'norm'],
  ['bert.encoder.layer.6.intermediate.dense.weight', 6, 'up'],
  ['bert.encoder.layer.6.output.dense.weight', 6, 'down'],
  // GGUF
  ['token_embd.weight', null, 'embedding'],
  ['blk.9.attn_q.weight', 9, 'q'],
  ['blk.9.attn_output.weight', 9, 'o'],
  ['blk.9.ffn_gate.weight', 9, 'gate'],
  ['blk.9.ffn_up.weight', 9, 'up'],
  ['blk.9.ffn_down.weight', 9, 'down'],
  ['blk.9.attn_norm.weight', 9, 'norm'],
  ['output_norm.weight', null, 'norm'],
  ['output.weight', null, 'head'],
  // adapters
  ['base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight', 3, 'q'],
  ['base_model.model.model.layers.3.mlp.down_proj.lora_B.weight', 3, 'down'],
  ['lora_te_text_model_encoder_layers_11_self_attn_q_proj.lora_down.weight', 11, 'q'],
  // vision
  ['features.0.weight', 0, 'other'],
  ['layer1.0.conv1.weight', 0, 'conv'],
  ['layer1.0.bn1.running_mean', 0, 'norm'],
  ['conv1.weight', null, 'conv'],
  ['fc.weight', null, 'fc'],
  // odd ones
  ['', null, 'other'],
  ['x'.repeat(10_000), null, 'other'],
  ['a.99999999.b', null, 'other'],
  ['state.1e9.b', null, 'other'],
])('%s', (name, layer, group) => {
  expect(tensorPlaces([name])).toEqual([{ layer, group }]);
});

test('blocks of a U-Net are numbered one after the other', () => {
  const names = [
    'conv_in.weight',
    'down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight',
    'down_blocks.1.resnets.0.conv1.weight',
    'mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0.weight',
    'up_blocks.0.attentions.1.transformer_blocks.0.ff.net.0.proj.weight',
    'up_blocks.1.attentions.1.transformer_blocks.0.ff.net.2.weight',
    'up_blocks.1.resnets.0.time_emb_proj.weight',
  ];
  expect(tensorPlaces(names)).toEqual([
    { layer: null, group: 'conv' },
    { layer: 0, group: 'q' },
    { layer: 1, group: 'conv' },
    { layer: 2, group: 'o' },
    { layer: 3, group: 'up' },
    { layer: 4, group: 'down' },
    { layer: 4, group: 'time' },
  ]);
});

test('encoder and decoder are numbered one after the other', () => {
  const names = [
    'encoder.block.0.layer.0.SelfAttention.q.weight',
    'decoder.block.0.layer.1.EncDecAttention.v.weight',
  ];
  expect(tensorPlaces(names)).toEqual([
    { layer: 0, group: 'q' },
    { layer: 1, group: 'v' },
  ]);
});

test('a long name made to take long is read at once', () => {
  const start = performance.now();
  tensorPlaces(['a.'.repeat(50_000), '.1'.repeat(50_000), '_norm'.repeat(20_000), 'lora_x_'.repeat(20_000)]);
  expect(performance.now() - start).toBeLessThan(2000);
});
