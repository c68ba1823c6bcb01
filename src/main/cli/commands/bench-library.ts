import { join } from 'node:path';
import type { Command } from 'commander';
import type { BenchLibraryResult, BenchResult } from '../../../shared/index.ts';
import {
  geometricMean,
  measureMethod,
  methodNames,
  openPair,
  type MeasureOptions,
} from '../../bench/index.ts';
import { describeLibrary } from '../bench/describe-library.ts';
import {
  cardPairs,
  isThere,
  realLibraryPairs,
  samplePairs,
  trainedLibraryPairs,
  type LibraryPair,
} from '../bench/pairs.ts';
import { compareWithPublished, readPublished } from '../bench/published.ts';
import type { CliContext } from '../context.ts';
import { addJsonOption, append, wholeNumber, type CommonOptions } from '../options.ts';
import { visibleJson, visibleName } from '../visible.ts';

interface BenchLibraryOptions extends CommonOptions {
  readonly library?: string;
  readonly pairs?: string;
  readonly real?: string;
  readonly peers: readonly string[];
  readonly threads: number;
  readonly repeat: number;
  readonly markdown?: boolean;
}

export function addBenchLibrary(program: Command, context: CliContext): void {
  const command = program
    .command('bench-library')
    .summary('measure all methods on the pairs of a library')
    .description(
      'Measure Deltashelf and published methods on the weight files of all pairs of the sample library and, with ' +
        '--library and --real, of a bench library; with geometric means for each type of weights.',
    )
    .option('--library <folder>', 'model folders of a bench library')
    .option('--pairs <file>', 'its list of pairs; default: pairs.json in that folder, else its model cards')
    .option(
      '--real <folder>',
      'a folder of pairs with its own pairs.json; default: real/ in or beside the library',
    )
    .option('--peers <file>', 'figures of published methods; may be given several times', append, [])
    .option('--threads <n>', 'threads of Deltashelf; peers have one', wholeNumber(1, 256), 1)
    .option('--repeat <n>', 'runs of which the fastest counts', wholeNumber(1, 1000), 3)
    .option('--markdown', 'print tables for bench/README.md');
  addJsonOption(command).addHelpText(
    'after',
    `
Examples:
  npm run bench
  npm run bench -- --library larch --pairs bench/pairs.json --real bench/real --peers bench/peers.json`,
  );
  command.action(async (options: BenchLibraryOptions) => {
    const published = await readPublished(options.peers);
    const pairs = await pairsOf(context, options);
    const { threads, repeat } = options;
    const measuring = { ...(await context.loadRuntime()), threads, repeat };
    const results: BenchLibraryResult['pairs'] = [];
    for (const pair of pairs) {
      context.signal.throwIfAborted();
      context.terminal.err(`${visibleName(pair.child)} ...\n`);
      results.push({ group: pair.group, ...(await measurePair(context, pair, measuring)) });
    }
    const result: BenchLibraryResult = {
      pairs: results,
      means: meansOf(results),
      published: compareWithPublished(results, published),
    };
    const { json = false, markdown = false } = options;
    context.terminal.out(json ? `${visibleJson(result)}\n` : describeLibrary(result, markdown));
  });
}

async function pairsOf(
  { sampleLibrary }: CliContext,
  { library, pairs, real }: BenchLibraryOptions,
): Promise<LibraryPair[]> {
  const found = samplePairs(sampleLibrary);
  if (library !== undefined) {
    const list = pairs ?? join(library, 'pairs.json');
    const listed = pairs !== undefined || (await isThere(list));
    found.push(...(listed ? await trainedLibraryPairs(library, list) : await cardPairs(library)));
  }
  const beside = library === undefined ? [] : [join(library, 'real'), join(library, '..', 'real')];
  for (const folder of real === undefined ? beside : [real]) {
    if (real === undefined && !(await isThere(join(folder, 'pairs.json')))) continue;
    found.push(...(await realLibraryPairs(folder)));
    break;
  }
  return found;
}

async function measurePair(
  { fs, signal }: CliContext,
  { child, parent, childPath, parentPath }: LibraryPair,
  options: MeasureOptions,
): Promise<BenchResult> {
  const pair = await openPair(fs, childPath, parentPath);
  try {
    const rows: BenchResult['rows'] = [];
    for (const method of methodNames) {
      signal.throwIfAborted();
      const row = await measureMethod(method, pair, options);
      rows.push('unavailable' in row ? row : { ...row, peakBytes: null });
    }
    const { bytes, dtype } = pair.child;
    return { child, parent, dtype, bytes, threads: options.threads, rows };
  } finally {
    await pair.close();
  }
}

function meansOf(results: BenchLibraryResult['pairs']): BenchLibraryResult['means'] {
  const groups = Map.groupBy(results, ({ group, dtype }) => `${group} ${dtype}`);
  return [...groups.values()].flatMap((pairs) =>
    methodNames.flatMap((method) => {
      const rows = pairs.flatMap((pair) =>
        pair.rows.flatMap((row) => (row.name === method && !('unavailable' in row) ? [row] : [])),
      );
      const [first] = pairs;
      if (!first || rows.length === 0) return [];
      const mean = (key: 'ratio' | 'encodeMBps' | 'decodeMBps'): number =>
        geometricMean(rows.map((row) => row[key]));
      const { group, dtype } = first;
      const [ratio, encodeMBps, decodeMBps] = [mean('ratio'), mean('encodeMBps'), mean('decodeMBps')];
      return [{ group, dtype, method, pairs: rows.length, ratio, encodeMBps, decodeMBps }];
    }),
  );
}
