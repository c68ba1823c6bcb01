import type { Command } from 'commander';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatBytes, type BenchIdleResult } from '../../../shared/index.ts';
import { generateFamilies, measureIdle, type MeasuredIdle } from '../../bench/index.ts';
import type { CliContext } from '../context.ts';
import { addJsonOption, wholeNumber, type CommonOptions } from '../options.ts';
import { visibleJson } from '../visible.ts';
import { measure } from './measured.ts';

interface BenchIdleOptions extends CommonOptions {
  readonly models: number;
  readonly family: number;
  readonly seconds: number;
}

/** `bench-idle`, and the hidden command that it runs in a process of its own. */
export function addBenchIdle(program: Command, context: CliContext): void {
  const command = program
    .command('bench-idle')
    .summary('measure a service that watches a generated library')
    .description(
      'Generate families of small models in a temporary folder, watch it in a process of its own until all is learnt ' +
        '(who came from whom, a plan, all hashes), and measure what watching costs after that.',
    )
    .option('--models <n>', 'models to generate', wholeNumber(2, 1_000_000), 10_000)
    .option('--family <n>', 'models of one family; all have the same shapes', wholeNumber(1, 1_000_000), 250)
    .option('--seconds <n>', 'time to watch when all is learnt', wholeNumber(1, 86_400), 60);
  addJsonOption(command);
  command.action(async ({ models, family, seconds, json = false }: BenchIdleOptions) => {
    const place = await mkdtemp(join(tmpdir(), 'deltashelf-bench-'));
    try {
      const [folder, home] = [join(place, 'models'), join(place, 'home')];
      context.terminal.err(`Generating ${models} models ...\n`);
      await generateFamilies(folder, { models, familySize: family }, context.signal);
      context.terminal.err('Watching them ...\n');
      const { result: answer } = await measure(context, ['bench-idle-one', folder, home, String(seconds)]);
      const measured = answer as MeasuredIdle;
      const idleCpuPercent = (measured.idleCpuSeconds / measured.idleSeconds) * 100;
      const result: BenchIdleResult = { models, familySize: family, ...measured, idleCpuPercent };
      context.terminal.out(json ? `${visibleJson(result)}\n` : describe(result));
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  });
  program
    .command('bench-idle-one', { hidden: true })
    .argument('<folder>')
    .argument('<home>')
    .argument('<seconds>')
    .option('--json')
    .action(async (folder: string, home: string, seconds: string) => {
      const library = await context.openLibrary({ home, watching: true });
      try {
        await library.call('addFolder', { path: folder }, { signal: context.signal });
        context.terminal.out(`${visibleJson(await measureIdle(Number(seconds), context.signal))}\n`);
      } finally {
        await library.close();
      }
    });
}

function describe(result: BenchIdleResult): string {
  const { models, familySize, learnSeconds, learnCpuSeconds, idleSeconds, idleCpuSeconds } = result;
  return (
    `${models} models in families of ${familySize}\n` +
    `learning: ${learnSeconds.toFixed(0)} s, ${learnCpuSeconds.toFixed(0)} s of processor time, at most ${formatBytes(result.peakBytes)}\n` +
    `idle: ${result.idleCpuPercent.toFixed(2)} % of a core (${idleCpuSeconds.toFixed(2)} s in ${idleSeconds.toFixed(0)} s), ${formatBytes(result.residentBytes)}\n`
  );
}
