import { sep } from 'node:path';
import { isCheckpointFolder } from './file-names.ts';
import type { ModelOrigin } from './found-model.ts';

/** Folders by which a program's tree is known: enough of them in one folder, and it is that tree. */
const treeFolders: readonly (readonly [ModelOrigin, least: number, readonly string[]])[] = [
  [
    'comfyui',
    3,
    [
      ...['checkpoints', 'loras', 'vae', 'clip', 'unet', 'diffusion_models', 'text_encoders', 'controlnet'],
      ...['embeddings', 'upscale_models', 'clip_vision', 'style_models', 'vae_approx'],
    ],
  ],
  [
    'automatic1111',
    2,
    ['Stable-diffusion', 'Lora', 'VAE', 'ESRGAN', 'hypernetworks', 'Codeformer', 'GFPGAN', 'VAE-approx'],
  ],
];

/** Names on the way to a folder by which a program's tree is known when only a part of it is watched. */
const wayNames: readonly (readonly [ModelOrigin, RegExp])[] = [
  ['lm-studio', /^\.?lm-?studio$/iu],
  ['comfyui', /^comfyui/iu],
  ['automatic1111', /^stable-diffusion-webui/iu],
];

/** Whose tree a watched folder lies in, by its path. */
export function originOfPath(path: string): ModelOrigin {
  const parts = path.split(sep);
  return wayNames.find(([, name]) => parts.some((part) => name.test(part)))?.[0] ?? 'plain';
}

/** Whose tree begins at a folder, by its name and the folders in it; `around` where it says nothing. */
export function originOfFolder(name: string, folders: readonly string[], around: ModelOrigin): ModelOrigin {
  if (around === 'hugging-face-cache' || around === 'ollama') return around;
  const there = new Set(folders);
  const tree = treeFolders.find(
    ([, least, known]) => known.filter((each) => there.has(each)).length >= least,
  );
  if (tree !== undefined) return tree[0];
  return wayNames.find(([, known]) => known.test(name))?.[0] ?? around;
}

/** Whether a folder, by its name and the names in it, was written by a training run. */
export function isTrainingRun(name: string, names: readonly string[]): boolean {
  return (
    isCheckpointFolder(name) ||
    names.some(
      (each) =>
        each === 'trainer_state.json' || /^optimizer\.(?:pt|bin)$/u.test(each) || isCheckpointFolder(each),
    )
  );
}
