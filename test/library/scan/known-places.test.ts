import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeFileSystem } from '../../../src/main/library/disk/index.ts';
import { knownPlaces } from '../../../src/main/library/scan/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';

interface Case {
  readonly folders: readonly string[];
  /** Values with `~` stand for the home. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly places: readonly string[];
}

const table: Readonly<Record<string, Case>> = {
  'nothing there': { folders: [], places: [] },
  'the usual places': {
    folders: [
      '.cache/huggingface/hub',
      '.lmstudio/models',
      '.ollama/models',
      'ComfyUI/models',
      'stable-diffusion-webui/models',
    ],
    places: [
      'hugging-face-cache .cache/huggingface/hub',
      'lm-studio .lmstudio/models',
      'ollama .ollama/models',
      'comfyui ComfyUI/models',
      'automatic1111 stable-diffusion-webui/models',
    ],
  },
  HF_HOME: {
    folders: ['hf/hub', '.cache/huggingface/hub'],
    variables: { HF_HOME: '~/hf' },
    places: ['hugging-face-cache hf/hub'],
  },
  'HF_HUB_CACHE before HF_HOME': {
    folders: ['hf/hub', 'cache'],
    variables: { HF_HOME: '~/hf', HF_HUB_CACHE: '~/cache' },
    places: ['hugging-face-cache cache'],
  },
  XDG_CACHE_HOME: {
    folders: ['xdg/huggingface/hub'],
    variables: { XDG_CACHE_HOME: '~/xdg' },
    places: ['hugging-face-cache xdg/huggingface/hub'],
  },
  OLLAMA_MODELS: {
    folders: ['big/ollama'],
    variables: { OLLAMA_MODELS: '~/big/ollama' },
    places: ['ollama big/ollama'],
  },
  'a variable that is no absolute path': {
    folders: ['.cache/huggingface/hub'],
    variables: { HF_HOME: 'hf', HF_HUB_CACHE: '' },
    places: ['hugging-face-cache .cache/huggingface/hub'],
  },
};

test.for(Object.entries(table))('%s', async ([, { folders, variables = {}, places }]) => {
  await using scratch = await scratchFolder();
  for (const folder of folders) await mkdir(join(scratch.path, folder), { recursive: true });
  const given = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, value.replace('~', scratch.path)]),
  );
  const found = await knownPlaces(nodeFileSystem, {
    platform: 'linux',
    home: scratch.path,
    variables: given,
  });
  const inHome = found.filter(({ path }) => path.startsWith(scratch.path));
  expect(inHome.map(({ origin, path }) => `${origin} ${path.slice(scratch.path.length + 1)}`)).toEqual(
    places,
  );
});

test('two ways to one folder are one place', async () => {
  await using scratch = await scratchFolder();
  await mkdir(join(scratch.path, '.lmstudio/models'), { recursive: true });
  await mkdir(join(scratch.path, '.cache/lm-studio'), { recursive: true });
  await symlink(join(scratch.path, '.lmstudio/models'), join(scratch.path, '.cache/lm-studio/models'));
  const found = await knownPlaces(nodeFileSystem, { platform: 'linux', home: scratch.path, variables: {} });
  expect(found.filter(({ origin }) => origin === 'lm-studio').map(({ path }) => path)).toEqual([
    join(scratch.path, '.lmstudio/models'),
  ]);
});
