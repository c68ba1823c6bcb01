import { formatBytes, type BenchPlanResult } from '../../../shared/index.ts';
import { formatMarkdownTable, formatTable, type Column } from '../../bench/index.ts';
import { visibleName } from '../visible.ts';

const left = (...titles: string[]): Column[] => titles.map((title) => ({ title }));
const right = (...titles: string[]): Column[] => titles.map((title) => ({ title, align: 'right' }));

/** Predictions beside what came of them, and plans. */
export function describePlans({ libraries }: BenchPlanResult, markdown: boolean): string {
  const table = markdown ? formatMarkdownTable : formatTable;
  const summary = table(
    [
      ...left('library'),
      ...right(
        'models',
        'deltas',
        'missed',
        'worst / allowed',
        'all together',
        'plan',
        'as predicted',
        'best',
        'plan / best',
      ),
      ...right('sketch', 'ms a model', 'ms a prediction'),
    ],
    libraries.map((library) => {
      const { models, pairs, originalBytes, predictedBytes, storedBytes, bestBytes } = library;
      const sum = (key: 'predictedBytes' | 'storedBytes'): number =>
        pairs.reduce((bytes, pair) => bytes + pair[key], 0);
      const worst = [...pairs].sort((a, b) => Math.abs(b.miss) - Math.abs(a.miss))[0];
      const missed = pairs.filter(({ miss }) => Math.abs(miss) > 1).length;
      return [
        ...[shortName(library.folder), String(models), String(pairs.length), String(missed)],
        worst ? Math.abs(worst.miss).toFixed(2) : '',
        percent(sum('predictedBytes') / Math.max(1, sum('storedBytes')) - 1),
        ...[`${formatBytes(storedBytes)} of ${formatBytes(originalBytes)}`, formatBytes(predictedBytes)],
        ...[formatBytes(bestBytes), (storedBytes / bestBytes).toFixed(4)],
        formatBytes(Math.round(library.sketchBytes / models)),
        ((1000 * library.sketchSeconds) / models).toFixed(0),
        ((1000 * library.predictSeconds) / Math.max(1, pairs.length)).toFixed(1),
      ];
    }),
  );
  const plans = table(
    [...left('model', 'stored against'), ...right('depth', 'predicted', 'stored', 'off by')],
    libraries.flatMap(({ planned }) =>
      planned.map(({ model, parent, depth, predictedBytes, storedBytes }) => [
        ...[visibleName(model), parent === null ? '' : visibleName(parent), String(depth)],
        ...[String(predictedBytes), String(storedBytes)],
        depth === 0 ? '' : percent(predictedBytes / storedBytes - 1),
      ]),
    ),
  );
  return `${summary}\n${plans}`;
}

function shortName(folder: string): string {
  return visibleName(folder.split(/[\\/]/).findLast((part) => part !== '') ?? folder);
}

function percent(share: number): string {
  return `${share > 0 ? '+' : ''}${(100 * share).toFixed(2)} %`;
}
