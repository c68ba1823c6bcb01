import type { JobSummary, ModelSummary } from '../../../shared/index.ts';

const phases: Readonly<Record<string, string>> = {
  read: 'Reading',
  identify: 'Reading',
  encode: 'Encoding',
  publish: 'Writing',
  verify: 'Verifying',
  reclaim: 'Moving',
  decode: 'Decoding',
  write: 'Writing',
};

/** What is done with which model now, in words of a row: "Encoding 42 %". */
export function busyModels(
  running: readonly JobSummary[],
  models: readonly ModelSummary[],
): ReadonlyMap<number, string> {
  const busy = new Map<number, string>();
  for (const { title, phase, share } of running) {
    const words = `${phases[phase ?? ''] ?? 'Working'} ${Math.floor(share * 100)} %`;
    for (const model of models)
      if (title === model.name || title.endsWith(` ${model.name}`)) busy.set(model.id, words);
  }
  return busy;
}
