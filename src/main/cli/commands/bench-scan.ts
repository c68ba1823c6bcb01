import type { Command } from 'commander';
import { formatBytes, type BenchScanResult } from '../../../shared/index.ts';
import { formatTable, measureScan } from '../../bench/index.ts';
import type { CliContext } from '../context.ts';
import { addJsonOption, wholeNumber, type CommonOptions } from '../options.ts';
import { visibleJson } from '../visible.ts';

interface BenchScanOptions extends CommonOptions {
  readonly models: number;
  readonly tensors: number;
}

export function addBenchScan(program: Command, context: CliContext): void {
  const command = program
    .command('bench-scan')
    .summary('measure a first and a second scan of a generated library')
    .description(
      'Generate a library of models with real headers and empty weights in a temporary folder, scan it, and scan it ' +
        'again when nothing has changed.',
    )
    .option('--models <n>', 'models to generate', wholeNumber(1, 1_000_000), 10_000)
    .option('--tensors <n>', 'tensors of a whole model', wholeNumber(1, 100_000), 291);
  addJsonOption(command);
  command.action(async ({ models, tensors, json = false }: BenchScanOptions) => {
    const passes = await measureScan(context.fs, { models, tensors }, context.signal);
    const result = { models, passes, peakBytes: process.resourceUsage().maxRSS * 1024 };
    context.terminal.out(json ? `${visibleJson(result)}\n` : describe(result));
  });
}

function describe({ models, passes, peakBytes }: BenchScanResult): string {
  const table = formatTable(
    [
      { title: 'pass', align: 'right' },
      { title: 'seconds', align: 'right' },
      { title: 'processor seconds', align: 'right' },
      { title: 'models read', align: 'right' },
      { title: 'unchanged', align: 'right' },
      { title: 'tensors', align: 'right' },
    ],
    passes.map(({ seconds, cpuSeconds, read, unchanged, tensors }, at) => [
      ...[String(at + 1), seconds.toFixed(1), cpuSeconds.toFixed(1)],
      ...[String(read), String(unchanged), String(tensors)],
    ]),
  );
  return `${models} models; peak memory ${formatBytes(peakBytes)}, generating included\n\n${table}`;
}
