import { isStep } from './declared-configs.ts';
import { nameSchema } from './declared-texts.ts';
import type { DeclaredFacts, DeclaredParent } from './facts.ts';

// Training runs: numbers in the names of checkpoints, and what kohya's trainers write into a file.

const extension = /\.(?:safetensors|bin|pth?|ckpt|gguf)$/iu;
const steps = /(?:checkpoint|ckpt|steps?|iter(?:ation)?)[-_=]?(\d{1,12})(?![\da-z])/iu;
const epochs = /epoch[-_=]?(\d{1,9})(?![\da-z])/iu;
/** kohya: `name-000010` after ten epochs. */
const kohyaEpochs = /-(\d{6})$/u;

/** Where a name has its model in a training run. */
export interface Numbering {
  /** What the names of all checkpoints of that run begin with. */
  readonly series: string;
  readonly step: number;
}

/** The number of a checkpoint: `checkpoint-500`, `epoch=3-step=1200.ckpt`, `RFB-Epoch-280-Loss-2.6.pth`. */
export function numberingOf(name: string): Numbering | undefined {
  const last = name.split(/[/\\]/u).at(-1)?.replace(extension, '') ?? '';
  const found = steps.exec(last) ?? epochs.exec(last) ?? kohyaEpochs.exec(last);
  if (!found) return undefined;
  const start = Math.min(found.index, epochs.exec(last)?.index ?? found.index);
  return { series: last.slice(0, start).toLowerCase(), step: Number(found[1]) };
}

/** What the metadata of a safetensors file says of its training. */
export function readTraining(
  metadata: ReadonlyMap<string, string>,
): Pick<DeclaredFacts, 'parents' | 'relation' | 'step' | 'architecture'> {
  const named = ['ss_sd_model_name', 'ss_pretrained_model_name_or_path'].map((key) => parent(metadata, key));
  const merged = (metadata.get('modelspec.merged_from') ?? '').slice(0, 8192).split(',');
  const parents = [
    ...named.flat(),
    ...merged.flatMap((text): DeclaredParent[] => {
      const name = nameSchema.parse(text);
      return name === undefined ? [] : [{ name, source: 'modelspec.merged_from' }];
    }),
  ];
  const step = Number(metadata.get('ss_steps')?.slice(0, 16) ?? Number.NaN);
  const architecture = nameSchema.parse(metadata.get('modelspec.architecture'));
  return {
    parents,
    ...(nameSchema.parse(metadata.get('ss_network_module')) !== undefined && {
      relation: 'adapter' as const,
    }),
    ...(isStep(step) && { step }),
    ...(architecture !== undefined && { architecture }),
  };
}

function parent(metadata: ReadonlyMap<string, string>, key: string): DeclaredParent[] {
  const name = nameSchema.parse(metadata.get(key));
  return name === undefined ? [] : [{ name, source: key }];
}
