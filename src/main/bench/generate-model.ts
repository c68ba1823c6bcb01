import type { FoundModel, FoundTensor } from '../library/index.ts';

/** Models of one family: a base and what was made from it. */
export const familySize = 25;
const layers = 24;
const parts = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj', 'norm'];
const words = [
  'code',
  'chat',
  'math',
  'story',
  'medical',
  'legal',
  'instruct',
  'german',
  'roleplay',
  'vision',
];

/** What a scan would say of a fine-tune: a sharded folder of eight files. All of a family have the same tensors. */
export function generateModel(folder: string, number: number): FoundModel {
  const family = Math.floor(number / familySize);
  const name = `family-${family}-${words[number % words.length] ?? ''}-${number}`;
  const file = (path: string, role: FoundModel['files'][number]['role'], size: number, at: number) => ({
    ...{ path, role, size, format: role === 'weights' ? ('safetensors' as const) : ('opaque' as const) },
    ...{ mtimeNs: `17640${String(number).padStart(5, '0')}000000000`, mode: 0o644, dev: '2049' },
    ...{ ino: String(number * 100 + at), names: 1 },
  });
  return {
    path: `${folder}/${words[family % words.length] ?? ''}/${name}`,
    name,
    layout: number % 10 === 9 ? 'adapter' : 'folder',
    origin: 'plain',
    files: [
      file('README.md', 'card', 4000 + number, 0),
      file('config.json', 'config', 700, 1),
      file('generation_config.json', 'config', 200, 2),
      file('model-00001-of-00002.safetensors', 'weights', 5_000_000_000 + number, 3),
      file('model-00002-of-00002.safetensors', 'weights', 4_000_000_000 + number, 4),
      file('model.safetensors.index.json', 'index', 30_000, 5),
      file('tokenizer.json', 'tokenizer', 2_000_000, 6),
      file('tokenizer_config.json', 'tokenizer', 3000, 7),
    ],
    tensors: tensorsOf(family),
    declared: {
      parents: [{ name: `org/family-${family}`, source: 'README.md base_model' }],
      architecture: 'LlamaForCausalLM',
    },
    blockers: number % 20 === 0 ? ['shared-blobs'] : [],
    warnings: [],
  };
}

function tensorsOf(family: number): FoundTensor[] {
  const dtype = family % 4 === 0 ? 'F32' : 'BF16';
  const width = 1024 + 64 * (family % 40);
  return Array.from({ length: layers }, (_, layer) =>
    parts.map((part) => ({
      name: `model.layers.${layer}.${part}.weight`,
      dtype,
      shape: part === 'norm' ? [width] : [width, width],
      file: layer < layers / 2 ? 3 : 4,
    })),
  ).flat() as FoundTensor[];
}
