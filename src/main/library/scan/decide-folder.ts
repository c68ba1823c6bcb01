import { isTrainerState, isWeightName, parseShardName } from './file-names.ts';

/** What the files of one folder are: one model of some layout, or each a thing of its own. */
export type FolderKind = 'pipeline' | 'adapter' | 'folder' | 'many';

/** Names that libraries give to the weights of a whole model. */
const wholeModelName =
  /^(?:model|pytorch_model|diffusion_pytorch_model|adapter_model|consolidated(?:\.\d+)?)(?:\.[\w-]+)?\.(?:safetensors|bin|pth?|ckpt)$/iu;
const metaShard = /^consolidated\.\d+\.(?:pth|safetensors)$/u;

/**
 * Whether a folder is one model or holds many, by the names of the files in it. The signs of one model: an index of
 * its own (a pipeline, an adapter, a map of shards), a configuration beside weights that have a library's name or
 * are alone, or shards of one model and nothing else. Everything else is a folder of files, each a model of its own.
 */
export function decideFolder(names: readonly string[]): FolderKind {
  const there = new Set(names);
  const weights = names.filter((name) => isWeightName(name) && !isTrainerState(name));
  if (there.has('model_index.json')) return 'pipeline';
  if (weights.length === 0) return 'many';
  if (there.has('adapter_config.json') && weights.some((name) => /^adapter_model[.-]/u.test(name))) {
    return 'adapter';
  }
  if (names.some((name) => /\.(?:safetensors|bin)\.index\.json$/u.test(name))) return 'folder';
  if (there.has('config.json') && (weights.length === 1 || weights.some(isLibraryName))) return 'folder';
  if (there.has('trainer_state.json')) return 'folder';
  return areShardsOfOne(weights) ? 'folder' : 'many';
}

function isLibraryName(name: string): boolean {
  return wholeModelName.test(name) || /^(?:model|pytorch_model)-\d{5}-of-\d{5}\./u.test(name);
}

function areShardsOfOne(weights: readonly string[]): boolean {
  const groups = new Set(
    weights.map((name) => (metaShard.test(name) ? 'consolidated' : parseShardName(name)?.group)),
  );
  return groups.size === 1 && !groups.has(undefined);
}

/** Folders of a model's folder that hold the same model in another form, and are part of it. */
const formFolders = new Set(['original', 'onnx', 'openvino', 'coreml', 'flax', 'tf', 'metal', 'figures']);

/** Whether loose weights in a folder of this name belong to the model around it. */
export function isFormFolder(name: string): boolean {
  return formFolders.has(name.toLowerCase()) || /^global_step\d+$/u.test(name);
}
