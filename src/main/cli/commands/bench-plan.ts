import type { Command } from 'commander';
import type { BenchPlanResult } from '../../../shared/index.ts';
import { measurePlan } from '../../bench/index.ts';
import { createPool } from '../../engine/pool/index.ts';
import { describePlans } from '../bench/describe-plans.ts';
import { libraryModels } from '../bench/library-models.ts';
import type { CliContext } from '../context.ts';
import { addJsonOption, wholeNumber, type CommonOptions } from '../options.ts';
import { visibleJson, visibleName } from '../visible.ts';

interface BenchPlanOptions extends CommonOptions {
  readonly threads: number;
  readonly markdown?: boolean;
}

export function addBenchPlan(program: Command, context: CliContext): void {
  const command = program
    .command('bench-plan')
    .summary('set predicted deltas and plans beside real ones')
    .description(
      'Take sketches of the models in one or more folders, predict the bytes of each delta that a plan may choose, ' +
        'make each of them, and compare; then compare the plan from predictions with the best there is.',
    )
    .argument('[folders...]', 'folders with a folder for each model; default: the sample library')
    .option('--threads <n>', 'threads that code', wholeNumber(1, 256), 1)
    .option('--markdown', 'print tables for bench/README.md');
  addJsonOption(command);
  command.action(async (folders: string[], { threads, markdown = false, json = false }: BenchPlanOptions) => {
    const pool = createPool({ ...(await context.loadRuntime()), threads });
    try {
      const libraries: BenchPlanResult['libraries'] = [];
      for (const folder of folders.length > 0 ? folders : [context.sampleLibrary]) {
        const models = await libraryModels(folder);
        context.terminal.err(`${visibleName(folder)}: ${models.length} models ...\n`);
        const { pairs, planned, ...figures } = await measurePlan(context.fs, pool, models, context.signal);
        libraries.push({ folder, ...figures, pairs: [...pairs], planned: [...planned] });
      }
      const result: BenchPlanResult = { libraries };
      context.terminal.out(json ? `${visibleJson(result)}\n` : describePlans(result, markdown));
    } finally {
      await pool.close();
    }
  });
}
