import type { Command } from 'commander';
import { benchRowSchema, DeltashelfError, type BenchResult, type BenchRow } from '../../../shared/index.ts';
import { benchCatalogue, methodNames, openPair } from '../../bench/index.ts';
import { describeCatalogue } from '../bench/describe-catalogue.ts';
import { describePair } from '../bench/describe-pair.ts';
import { benchGenerated } from '../bench/generated.ts';
import type { CliContext } from '../context.ts';
import { addJsonOption, wholeNumber, type CommonOptions } from '../options.ts';
import { visibleJson } from '../visible.ts';
import { measure } from './measured.ts';

interface BenchOptions extends CommonOptions {
  readonly base?: string;
  readonly threads: number;
  readonly repeat: number;
  readonly generate?: number;
  readonly catalogue?: number;
}

const mostBytes = 2 ** 40;

export function addBench(program: Command, context: CliContext): void {
  const command = program
    .command('bench')
    .summary('measure Deltashelf and published methods on one pair')
    .description(
      'Measure Deltashelf and published methods on the weight files of one pair, each in a process of its own. ' +
        'With --generate, measure the delta commands on a generated pair instead, on one thread and on two; ' +
        'with --catalogue, lists and searches over generated models.',
    )
    .argument('[child]', 'folder or file of the child')
    .option('--base <path>', 'folder or file of its parent')
    .option('--threads <n>', 'threads of Deltashelf; peers have one', wholeNumber(1, 256), 1)
    .option('--repeat <n>', 'runs of which the fastest counts', wholeNumber(1, 1000), 3)
    .option('--generate <bytes>', 'size of the child to generate (BF16)', wholeNumber(1_000_000, mostBytes))
    .option('--catalogue <models>', 'models to generate in a catalogue', wholeNumber(100, 1_000_000));
  addJsonOption(command).addHelpText(
    'after',
    `
Examples:
  deltashelf bench my-finetune --base llama-base
  deltashelf bench --generate 4000000000 --json`,
  );
  command.action(async (child: string | undefined, options: BenchOptions) => {
    const { terminal } = context;
    const { base, generate, catalogue, json = false } = options;
    if (catalogue !== undefined) {
      const result = await benchCatalogue(context.fs, catalogue);
      terminal.out(json ? `${visibleJson(result)}\n` : describeCatalogue(result));
      return;
    }
    if (generate !== undefined) {
      const { result, text } = await benchGenerated(context, generate);
      terminal.out(json ? `${visibleJson(result)}\n` : text);
      return;
    }
    if (child === undefined || base === undefined) throw pairMissing();
    const result = await benchPair(context, child, base, options);
    terminal.out(json ? `${visibleJson(result)}\n` : describePair(result));
  });
}

async function benchPair(
  context: CliContext,
  child: string,
  base: string,
  { threads, repeat }: BenchOptions,
): Promise<BenchResult> {
  const pair = await openPair(context.fs, child, base);
  const { bytes, dtype } = pair.child;
  await pair.close();
  const rows: BenchRow[] = [];
  for (const method of methodNames) {
    const figures = ['--threads', String(threads), '--repeat', String(repeat)];
    const args = ['bench-one', method, child, '--base', base, ...figures];
    const { result, peakBytes } = await measure(context, args);
    const { row } = result as { row: object };
    rows.push(benchRowSchema.parse('unavailable' in row ? row : { ...row, peakBytes }));
  }
  return { child, parent: base, dtype, bytes, threads, rows };
}

function pairMissing(): DeltashelfError {
  return new DeltashelfError(
    'usage',
    'A pair is missing. Nothing was done; give a child and its --base, or --generate.',
  );
}
