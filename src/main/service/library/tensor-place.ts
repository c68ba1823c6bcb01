/** Where a tensor belongs in its model, as its name tells. */
export interface TensorPlace {
  /** Number of its layer; null for what belongs to none, as an embedding. */
  readonly layer: number | null;
  /** What it is within a layer: `q`, `down`, `norm`; `other` where the name does not say. */
  readonly group: string;
}

/**
 * Parts of names by what they stand for, the surest first: of Llama and its like, GPT-2 and NeoX, BERT, T5, GGUF files,
 * diffusers, LoRA trainers and vision models of torch.
 */
const groups: readonly (readonly [group: string, pattern: RegExp])[] = [
  ['position', /\b(?:wpe|position_embeddings?|pos_embed(?:ding)?|embed_positions)\b/u],
  [
    'embedding',
    /\b(?:embed_tokens|wte|word_embeddings?|token_embd|tok_embeddings|shared|embeddings?|embd)\b/u,
  ],
  ['head', /\b(?:lm_head|classifier|score|pooler|output)\.(?:weight|bias)$|\blm_head\b/u],
  ['norm', /norm|\bln_?(?:\d+|f|_?final)?\b|\b(?:gn|bn)\d*\b|running_(?:mean|var)/u],
  ['bias', /\.bias$|_bias$/u],
  ['qkv', /\b(?:qkv|qkv_proj|wqkv|query_key_value|c_attn|in_proj(?:_weight)?|attn_qkv|to_qkv)\b/u],
  ['q', /\b(?:q|q_proj|wq|to_q|query|query_proj|q_lin|attn_q|add_q_proj)\b|_to_q\b|_q_proj\b/u],
  ['k', /\b(?:k|k_proj|wk|to_k|key|key_proj|k_lin|attn_k|add_k_proj)\b|_to_k\b|_k_proj\b/u],
  ['v', /\b(?:v|v_proj|wv|to_v|value|value_proj|v_lin|attn_v|add_v_proj)\b|_to_v\b|_v_proj\b/u],
  [
    'o',
    /\b(?:o|o_proj|wo|to_out|out_proj|out_lin|attn_output|to_add_out)\b|_to_out\b|_o_proj\b|(?:attn|attention|self_attention)\.(?:c_proj|dense|output\.dense|proj)\b/u,
  ],
  ['router', /\b(?:router|mlp\.gate|block_sparse_moe\.gate|ffn_gate_inp)\b/u],
  ['gate', /\b(?:gate_proj|gate_up_proj|w1|ffn_gate(?:_exps)?|wi_0)\b|_gate_proj\b/u],
  [
    'up',
    /\b(?:up_proj|w3|fc1|c_fc|fc_in|wi|wi_1|lin1|linear1|dense_h_to_4h|ffn_up(?:_exps)?|intermediate\.dense|ff\.net\.0\.proj)\b|_up_proj\b|_ff_net_0_proj\b/u,
  ],
  [
    'down',
    /\b(?:down_proj|w2|fc2|fc_out|wo_ff|lin2|linear2|dense_4h_to_h|ffn_down(?:_exps)?|output\.dense|ff\.net\.2|mlp\.c_proj)\b|_down_proj\b|_ff_net_2\b/u,
  ],
  ['time', /time_emb/u],
  ['conv', /conv|downsample/u],
  ['fc', /\b(?:fc|linear|dense|proj)\d*\b/u],
];

/**
 * Finds layer and group of each tensor of a model by their names. Blocks of several kinds (encoder and decoder, the way
 * down and up of a U-Net) are numbered one after the other, in the order in which they come.
 */
export function tensorPlaces(names: readonly string[]): TensorPlace[] {
  const blocks = names.map(blockOf);
  const sizes = new Map<string, number>();
  for (const block of blocks) {
    if (block) sizes.set(block.stem, Math.max(sizes.get(block.stem) ?? 0, block.number + 1));
  }
  const firsts = new Map<string, number>();
  let next = 0;
  for (const [stem, size] of sizes) {
    firsts.set(stem, next);
    next += size;
  }
  return names.map((name, at) => {
    const block = blocks[at];
    return {
      layer: block ? (firsts.get(block.stem) ?? 0) + block.number : null,
      group: groupOf(name),
    };
  });
}

/** A number above this is no layer: one name must not make a table of a million rows. */
const mostLayers = 1000;

/** The first numbered part of a name: `model.layers` and 12 of `model.layers.12.mlp.up_proj.weight`. */
function blockOf(name: string): { readonly stem: string; readonly number: number } | undefined {
  // Some trainers of LoRAs write underscores for dots.
  const separator = /^lora_[a-z0-9]+_/u.test(name) ? '[._]' : '[.]';
  const found = new RegExp(`^(.*?)${separator}(\\d{1,4})${separator}`, 'u').exec(name);
  const number = Number(found?.[2]);
  return found && number < mostLayers ? { stem: found[1] ?? '', number } : undefined;
}

function groupOf(name: string): string {
  const bare = name
    .toLowerCase()
    .replace(/\.(?:lora_[ab](?:\.default)?|lora_(?:down|up)|alpha|base_layer)(?=\.|$)/gu, '');
  return groups.find(([, pattern]) => pattern.test(bare))?.[0] ?? 'other';
}
