import { formatBytes, type PlanResult } from '../../../../shared/index.ts';
import { formatTable } from '../../../bench/index.ts';
import { counted, freesWords } from '../words.ts';

/** A plan as a table: what is stored against what, and why. */
export function describePlan({ models, originalBytes, predictedBytes, freesBytes }: PlanResult): string {
  if (models.length === 0) return 'There is nothing to plan. Add a folder: deltashelf add <folder>\n';
  const table = formatTable(
    [
      { title: 'model' },
      { title: 'size', align: 'right' },
      { title: 'about', align: 'right' },
      { title: 'against' },
      { title: 'why' },
    ],
    models.map((model) => [
      model.name,
      formatBytes(model.originalBytes),
      model.action === 'compress' ? formatBytes(model.predictedBytes) : 'kept',
      model.parent ?? '',
      model.reason,
    ]),
  );
  const compressed = models.filter(({ action }) => action === 'compress').length;
  if (compressed === 0) return `${table}\nNothing to compress.\n`;
  return `${table}\nCompress ${counted(compressed, 'model')}: ${formatBytes(originalBytes)} become about ${formatBytes(predictedBytes)}; ${freesWords(freesBytes)}\n`;
}
