import { relative } from 'node:path';
import { expect, test } from 'vitest';
import type { FoundModel } from '../../../src/main/library/scan/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { utf8 } from '../../fixtures/bytes.ts';
import { config, gguf, indexOf, plantTree, scanAll, st, stWith, torch, type Tree } from './trees.ts';

/** A model as a table row says it: `name at path: layout, origin [files] blockers`. */
function row(root: string, { name, path, layout, origin, files, blockers }: FoundModel): string {
  const inside = relative(root, path) || '.';
  const names = files.map((file) => `${file.path}=${file.role}`).join(' ');
  return [`${name} at ${inside}: ${layout}, ${origin} [${names}]`, ...blockers].join(' ');
}

const legacy = new Uint8Array([
  0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
]);
const wdelta = (version = 1, header = 2): Uint8Array =>
  new Uint8Array([...utf8('wdelta\0'), version, 0, 0, 0, header, 0, 0, 0, 0x7b, 0x7d, ...new Uint8Array(32)]);
const rev = '0123456789abcdef0123456789abcdef01234567';
const manifest = (digest: string): string =>
  JSON.stringify({
    layers: [
      { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}` },
      { mediaType: 'application/vnd.ollama.image.license', digest: `sha256:${'f'.repeat(64)}` },
    ],
  });

const table: Readonly<Record<string, { readonly tree: Tree; readonly models: readonly string[] }>> = {
  'a Hugging Face folder with one file': {
    tree: {
      'llama/config.json': config,
      'llama/model.safetensors': st('a', 'b'),
      'llama/README.md': '---\nlicense: mit\n---\n',
      'llama/tokenizer.json': '{}',
      'llama/notes.txt': 'mine',
    },
    models: [
      'llama at llama: folder, plain [README.md=card config.json=config model.safetensors=weights notes.txt=side tokenizer.json=tokenizer]',
    ],
  },
  'a sharded folder with its index': {
    tree: {
      'm/config.json': config,
      'm/model.safetensors.index.json': indexOf({
        a: 'model-00001-of-00002.safetensors',
        b: 'model-00002-of-00002.safetensors',
      }),
      'm/model-00001-of-00002.safetensors': st('a'),
      'm/model-00002-of-00002.safetensors': st('b'),
    },
    models: [
      'm at m: folder, plain [config.json=config model-00001-of-00002.safetensors=weights model-00002-of-00002.safetensors=weights model.safetensors.index.json=index]',
    ],
  },
  'shards without index or configuration': {
    tree: { 'm/q-00001-of-00002.gguf': gguf(), 'm/q-00002-of-00002.gguf': gguf() },
    models: ['m at m: folder, plain [q-00001-of-00002.gguf=weights q-00002-of-00002.gguf=weights]'],
  },
  'the original Meta layout': {
    tree: { 'm/params.json': '{}', 'm/consolidated.00.pth': torch('a'), 'm/consolidated.01.pth': torch('b') },
    models: [
      'm at m: folder, plain [consolidated.00.pth=weights consolidated.01.pth=weights params.json=config]',
    ],
  },
  'files of every format in a folder of many': {
    tree: {
      'a.safetensors': st(),
      'b.bin': torch(),
      'c.pt': torch(),
      'd.pth': torch(),
      'e.ckpt': torch(),
      'f.gguf': gguf(),
      'old.ckpt': legacy,
      'notes.txt': 'mine',
      'store.dshelf': 'DSHELF',
    },
    models: [
      'a.safetensors at a.safetensors: file, plain [a.safetensors=weights]',
      'b.bin at b.bin: file, plain [b.bin=weights]',
      'c.pt at c.pt: file, plain [c.pt=weights]',
      'd.pth at d.pth: file, plain [d.pth=weights]',
      'e.ckpt at e.ckpt: file, plain [e.ckpt=weights]',
      'f.gguf at f.gguf: file, plain [f.gguf=weights]',
      'old.ckpt at old.ckpt: file, plain [old.ckpt=weights]',
    ],
  },
  'the content, not the name': {
    tree: {
      'vocab.bin': 'words',
      'weights.backup': new Uint8Array([...st('w'.repeat(40_000), 'v'.repeat(40_000))]),
      'movie.mp4': new Uint8Array([...st('w'.repeat(80_000))]),
    },
    models: ['weights.backup at weights.backup: file, plain [weights.backup=weights]'],
  },
  'a PEFT adapter': {
    tree: {
      'lora/adapter_config.json': '{"base_model_name_or_path": "org/base"}',
      'lora/adapter_model.safetensors': st(
        'base_model.model.q.lora_A.weight',
        'base_model.model.q.lora_B.weight',
      ),
    },
    models: ['lora at lora: adapter, plain [adapter_config.json=config adapter_model.safetensors=weights]'],
  },
  'LoRA files of several trainers beside a checkpoint': {
    tree: {
      'kohya.safetensors': st(
        'lora_unet_a.lora_down.weight',
        'lora_unet_a.lora_up.weight',
        'lora_unet_a.alpha',
      ),
      'lycoris.safetensors': st('lora_te_a.hada_w1_a', 'lora_te_a.hada_w1_b', 'lora_te_a.alpha'),
      'peft.safetensors': st('base_model.model.q.lora_A.weight', 'base_model.model.q.lora_B.weight'),
      'whole.safetensors': st('model.alpha', 'model.weight'),
    },
    models: [
      'kohya.safetensors at kohya.safetensors: lora, plain [kohya.safetensors=weights]',
      'lycoris.safetensors at lycoris.safetensors: lora, plain [lycoris.safetensors=weights]',
      'peft.safetensors at peft.safetensors: lora, plain [peft.safetensors=weights]',
      'whole.safetensors at whole.safetensors: file, plain [whole.safetensors=weights]',
    ],
  },
  'a diffusers pipeline: one model with its components': {
    tree: {
      'sd/model_index.json': '{"_class_name": "StableDiffusionPipeline"}',
      'sd/unet/config.json': '{}',
      'sd/unet/diffusion_pytorch_model.safetensors': st('u'),
      'sd/vae/config.json': '{}',
      'sd/vae/diffusion_pytorch_model.safetensors': st('v'),
      'sd/scheduler/scheduler_config.json': '{}',
    },
    models: [
      'sd at sd: pipeline, plain [model_index.json=config scheduler/scheduler_config.json=config unet/config.json=config unet/diffusion_pytorch_model.safetensors=weights vae/config.json=config vae/diffusion_pytorch_model.safetensors=weights]',
    ],
  },
  'a training run: the last model, and every checkpoint by itself': {
    tree: {
      'run/config.json': config,
      'run/model.safetensors': st('a'),
      'run/training_args.bin': torch('x'),
      'run/checkpoint-500/config.json': config,
      'run/checkpoint-500/model.safetensors': st('a'),
      'run/checkpoint-500/optimizer.pt': torch('s'),
      'run/checkpoint-500/rng_state.pth': torch('r'),
      'run/checkpoint-500/scheduler.pt': torch('l'),
      'run/checkpoint-500/trainer_state.json': '{"global_step": 500}',
      'run/checkpoint-500/training_args.bin': torch('t'),
      'run/checkpoint-1000/adapter_config.json': '{}',
      'run/checkpoint-1000/adapter_model.safetensors': st('a'),
      'run/logs/events.out': 'x',
    },
    models: [
      'run at run: folder, training-run [config.json=config logs/events.out=side model.safetensors=weights training_args.bin=side]',
      'checkpoint-1000 at run/checkpoint-1000: adapter, training-run [adapter_config.json=config adapter_model.safetensors=weights]',
      'checkpoint-500 at run/checkpoint-500: folder, training-run [config.json=config model.safetensors=weights optimizer.pt=optimizer rng_state.pth=optimizer scheduler.pt=optimizer trainer_state.json=config training_args.bin=side]',
    ],
  },
  'a model with other forms and other models inside': {
    tree: {
      'm/config.json': config,
      'm/model.safetensors': st('a'),
      'm/original/consolidated.00.pth': torch('a'),
      'm/onnx/model.onnx': 'onnx',
      'm/1_Pooling/config.json': '{}',
      'm/fp16/model.safetensors': st('a'),
      'm/.git/objects/pack/x.bin': torch('a'),
    },
    models: [
      'm at m: folder, plain [1_Pooling/config.json=config config.json=config model.safetensors=weights onnx/model.onnx=weights original/consolidated.00.pth=weights]',
      'model.safetensors at m/fp16/model.safetensors: file, plain [model.safetensors=weights]',
    ],
  },
  'a Hugging Face cache: revisions through links, shared blobs': {
    tree: {
      [`hub/models--org--name/blobs/aaa`]: st('a'),
      [`hub/models--org--name/blobs/bbb`]: config,
      [`hub/models--org--name/refs/main`]: rev,
      [`hub/models--org--name/snapshots/${rev}/model.safetensors`]: { link: '../../blobs/aaa' },
      [`hub/models--org--name/snapshots/${rev}/config.json`]: { link: '../../blobs/bbb' },
      [`hub/models--org--name/snapshots/ffff0000ffff/model.safetensors`]: { link: '../../blobs/aaa' },
      [`hub/models--org--name/snapshots/ffff0000ffff/config.json`]: { link: '../../blobs/bbb' },
      [`hub/blobs/ab/abcd`]: gguf(),
      [`hub/models--quants/snapshots/${rev}/q4.gguf`]: { link: '../../../blobs/ab/abcd' },
      [`hub/models--copies/snapshots/${rev}/model.safetensors`]: st('a'),
      [`hub/models--copies/snapshots/${rev}/config.json`]: config,
      [`hub/datasets--org--data/snapshots/${rev}/x.safetensors`]: st('a'),
    },
    models: [
      `copies@01234567 at hub/models--copies/snapshots/${rev}: folder, hugging-face-cache [config.json=config model.safetensors=weights] foreign-manager`,
      `org/name@01234567 at hub/models--org--name/snapshots/${rev}: folder, hugging-face-cache [config.json=config model.safetensors=weights] links shared-blobs`,
      `org/name@ffff0000 at hub/models--org--name/snapshots/ffff0000ffff: folder, hugging-face-cache [config.json=config model.safetensors=weights] links shared-blobs`,
      `quants@01234567/q4.gguf at hub/models--quants/snapshots/${rev}/q4.gguf: file, hugging-face-cache [q4.gguf=weights] links shared-blobs`,
    ],
  },
  'a tree of ComfyUI': {
    tree: {
      'ui/models/checkpoints/sd.safetensors': st('a'),
      'ui/models/checkpoints/put_checkpoints_here': '',
      'ui/models/loras/x.safetensors': st('lora_unet_a.lora_down.weight', 'lora_unet_a.lora_up.weight'),
      'ui/models/vae/v.pt': torch('v'),
    },
    models: [
      'sd.safetensors at ui/models/checkpoints/sd.safetensors: file, comfyui [sd.safetensors=weights]',
      'x.safetensors at ui/models/loras/x.safetensors: lora, comfyui [x.safetensors=weights]',
      'v.pt at ui/models/vae/v.pt: file, comfyui [v.pt=weights]',
    ],
  },
  'a tree of AUTOMATIC1111': {
    tree: {
      'models/Stable-diffusion/sd.ckpt': torch('a'),
      'models/Stable-diffusion/sd.yaml': 'model: x',
      'models/Lora/x.safetensors': st('lora_unet_a.lora_down.weight', 'lora_unet_a.lora_up.weight'),
    },
    models: [
      'x.safetensors at models/Lora/x.safetensors: lora, automatic1111 [x.safetensors=weights]',
      'sd.ckpt at models/Stable-diffusion/sd.ckpt: file, automatic1111 [sd.ckpt=weights]',
    ],
  },
  'a tree of LM Studio': {
    tree: { '.lmstudio/models/pub/repo/q4.gguf': gguf(), '.lmstudio/models/pub/repo/q8.gguf': gguf() },
    models: [
      'q4.gguf at .lmstudio/models/pub/repo/q4.gguf: file, lm-studio [q4.gguf=weights]',
      'q8.gguf at .lmstudio/models/pub/repo/q8.gguf: file, lm-studio [q8.gguf=weights]',
    ],
  },
  'a store of Ollama: names from manifests, leftovers not listed': {
    tree: {
      [`o/blobs/sha256-${'a'.repeat(64)}`]: gguf(),
      [`o/blobs/sha256-${'b'.repeat(64)}`]: gguf(),
      [`o/blobs/sha256-${'f'.repeat(64)}`]: 'licence',
      'o/manifests/registry.ollama.ai/library/llama3/latest': manifest('a'.repeat(64)),
      'o/manifests/registry.ollama.ai/library/llama3/8b': manifest('a'.repeat(64)),
      'o/manifests/registry.ollama.ai/someone/mine/q4': 'no JSON',
      'o/manifests/hf.co/org/name/q8': manifest('c'.repeat(64)),
    },
    models: [
      `llama3:8b at o/blobs/sha256-${'a'.repeat(64)}: file, ollama [sha256-${'a'.repeat(64)}=weights] foreign-manager`,
    ],
  },
  'a delta of deltatensors': {
    tree: { 'x.wdelta': wdelta(), 'newer.wdelta': wdelta(2) },
    models: [
      'newer.wdelta at newer.wdelta: wdelta, plain [newer.wdelta=weights]',
      'x.wdelta at x.wdelta: wdelta, plain [x.wdelta=weights]',
    ],
  },
  'links to files and hard links': {
    tree: {
      'store/a.safetensors': st('a'),
      'here/b.safetensors': { link: '../store/a.safetensors' },
      'hard/c.safetensors': st('c'),
      'hard/d.safetensors': { sameAs: 'hard/c.safetensors' },
      'm/config.json': config,
      'm/model.safetensors': st('a'),
      'm/latest/current.safetensors': { link: '../model.safetensors' },
    },
    models: [
      'c.safetensors at hard/c.safetensors: file, plain [c.safetensors=weights] hard-links',
      'd.safetensors at hard/d.safetensors: file, plain [d.safetensors=weights] hard-links',
      'b.safetensors at here/b.safetensors: file, plain [b.safetensors=weights] links',
      'm at m: folder, plain [config.json=config model.safetensors=weights]',
      'a.safetensors at store/a.safetensors: file, plain [a.safetensors=weights]',
    ],
  },
  'two models of one name': {
    tree: { 'a/x.safetensors': st('a'), 'b/x.safetensors': st('a') },
    models: [
      'x.safetensors at a/x.safetensors: file, plain [x.safetensors=weights]',
      'x.safetensors at b/x.safetensors: file, plain [x.safetensors=weights]',
    ],
  },
  'the watched folder is itself one model': {
    tree: { 'config.json': config, 'model.safetensors': st('a') },
    models: ['{root} at .: folder, plain [config.json=config model.safetensors=weights]'],
  },
};

test.for(Object.entries(table))('%s', async ([, { tree, models }]) => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, tree);
  const scanned = await scanAll(scratch.path);
  const name = scratch.path.slice(scratch.path.lastIndexOf('/') + 1);
  expect(
    scanned.models.map((model) => row(scratch.path, model).replace(`${name} at .`, '{root} at .')),
  ).toEqual(models);
});

test('a model has its tensors by file, its declared parents and its metadata', async () => {
  await using scratch = await scratchFolder();
  await plantTree(scratch.path, {
    'm/config.json': config,
    'm/README.md': '---\nbase_model: org/base\n---\nA fine-tune.',
    'm/model-00001-of-00002.safetensors': st('b', 'a'),
    'm/model-00002-of-00002.safetensors': st('c'),
    'lora.safetensors': stWith([['ss_sd_model_name', 'sdxl.safetensors']], 'lora_unet_a.lora_down.weight'),
  });
  const { models } = await scanAll(scratch.path);
  const lora = models.find(({ layout }) => layout === 'lora');
  const whole = models.find(({ layout }) => layout === 'folder');
  expect(lora?.declared.parents.map(({ name }) => name)).toEqual(['sdxl.safetensors']);
  expect(whole?.declared.parents.map(({ name }) => name)).toEqual(['org/base']);
  expect(whole?.declared.architecture).toBe('LlamaForCausalLM');
  expect(whole?.tensors.map(({ name, file, shape }) => [name, whole.files[file]?.path, shape])).toEqual([
    ['b', 'model-00001-of-00002.safetensors', [4, 3]],
    ['a', 'model-00001-of-00002.safetensors', [4, 3]],
    ['c', 'model-00002-of-00002.safetensors', [4, 3]],
  ]);
  expect(whole?.files.map(({ format }) => format)).toEqual([
    'opaque',
    'opaque',
    'safetensors',
    'safetensors',
  ]);
});

test.for([
  { name: 'by the index', index: true },
  { name: 'by their numbers', index: false },
])('missing shards are told $name', async ({ index }) => {
  await using scratch = await scratchFolder();
  const shard = 'model-00001-of-00003.safetensors';
  await plantTree(scratch.path, {
    'm/config.json': config,
    [`m/${shard}`]: st('a'),
    'm/model-00003-of-00003.safetensors': st('c'),
    ...(index && {
      'm/model.safetensors.index.json': indexOf({ a: shard, b: 'model-00002-of-00003.safetensors' }),
    }),
  });
  const { models } = await scanAll(scratch.path);
  expect(models[0]?.warnings.map(({ file }) => file)).toEqual(['model-00002-of-00003.safetensors']);
  expect(models[0]?.warnings[0]?.sentence).toContain('is missing');
});
