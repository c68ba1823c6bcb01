import { posix, win32 } from 'node:path';
import type { FileSystem } from '../disk/index.ts';
import type { ModelOrigin } from './found-model.ts';

/** What of a person's surroundings says where programs keep models. Passed in: nothing here reads the environment. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** A folder in which a program that people have keeps models. */
export interface KnownPlace {
  /** Name of the program, for people. */
  readonly name: string;
  readonly origin: ModelOrigin;
  /** Absolute; exists. */
  readonly path: string;
}

type Place = readonly [name: string, origin: ModelOrigin, path: string];

/** Finds the folders of programs that people have, where they exist: looks at names only, reads nothing. */
export async function knownPlaces(fs: FileSystem, surroundings: Surroundings): Promise<KnownPlace[]> {
  const found = new Map<string, KnownPlace>();
  for (const [name, origin, path] of likelyPlaces(surroundings)) {
    const real = await folderAt(fs, path);
    // Two settings may lead to one folder.
    if (real !== undefined && !found.has(real)) found.set(real, { name, origin, path: real });
  }
  return [...found.values()];
}

async function folderAt(fs: FileSystem, path: string): Promise<string | undefined> {
  try {
    return (await fs.stat(path)).kind === 'folder' ? await fs.realpath(path) : undefined;
  } catch {
    return undefined;
  }
}

function likelyPlaces({ platform, home, variables }: Surroundings): Place[] {
  const paths = platform === 'win32' ? win32 : posix;
  const join = (...parts: string[]): string => paths.join(...parts);
  const at = (...parts: string[]): string => join(home, ...parts);
  const given = (name: string): string | undefined => {
    const value = variables[name];
    return value !== undefined && paths.isAbsolute(value) ? value : undefined;
  };
  const hubHome = given('HF_HOME') ?? join(given('XDG_CACHE_HOME') ?? at('.cache'), 'huggingface');
  const hub = given('HF_HUB_CACHE') ?? given('HUGGINGFACE_HUB_CACHE') ?? join(hubHome, 'hub');
  const homes = [home, at('Documents'), at('comfy'), at('AI'), at('Desktop')];
  return [
    ['Hugging Face', 'hugging-face-cache', hub],
    ['LM Studio', 'lm-studio', at('.lmstudio', 'models')],
    ['LM Studio', 'lm-studio', at('.cache', 'lm-studio', 'models')],
    ['Ollama', 'ollama', given('OLLAMA_MODELS') ?? at('.ollama', 'models')],
    ...(platform === 'linux' ? [['Ollama', 'ollama', '/usr/share/ollama/.ollama/models'] as const] : []),
    ...homes.map((folder): Place => ['ComfyUI', 'comfyui', join(folder, 'ComfyUI', 'models')]),
    ...homes.map((folder): Place => [
      'Stable Diffusion web UI',
      'automatic1111',
      join(folder, 'stable-diffusion-webui', 'models'),
    ]),
  ];
}
