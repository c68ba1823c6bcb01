import type { Command } from 'commander';
import { measureMethod, openPair } from '../../bench/index.ts';
import type { CliContext } from '../context.ts';
import { visibleJson } from '../visible.ts';

interface BenchOneOptions {
  readonly base: string;
  readonly threads: string;
  readonly repeat: string;
}

/** `bench-one`, for the benchmark only: one method on one pair, as JSON. */
export function addBenchOne(program: Command, context: CliContext): void {
  program
    .command('bench-one', { hidden: true })
    .argument('<method>')
    .argument('<child>')
    .requiredOption('--base <path>')
    .requiredOption('--threads <n>')
    .requiredOption('--repeat <n>')
    .option('--json')
    .action(async (method: string, child: string, { base, threads, repeat }: BenchOneOptions) => {
      const runtime = await context.loadRuntime();
      const pair = await openPair(context.fs, child, base);
      try {
        const options = { ...runtime, threads: Number(threads), repeat: Number(repeat) };
        const { bytes, dtype } = pair.child;
        const row = await measureMethod(method, pair, options);
        context.terminal.out(`${visibleJson({ bytes, dtype, row })}\n`);
      } finally {
        await pair.close();
      }
    });
}
