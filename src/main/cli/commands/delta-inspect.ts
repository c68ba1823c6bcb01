import type { Command } from 'commander';
import { Deltas } from '../../service/index.ts';
import type { CliContext } from '../context.ts';
import { describeDelta } from '../describe-delta.ts';
import { describeWdelta } from '../describe-wdelta.ts';
import { addJsonOption, type CommonOptions } from '../options.ts';
import { printWarnings } from '../run-job.ts';
import { writer } from '../version.ts';
import { visibleJson } from '../visible.ts';

interface InspectOptions extends CommonOptions {
  readonly all?: boolean;
  readonly salvage?: boolean;
}

export function addDeltaInspect(parent: Command, context: CliContext): void {
  const command = parent
    .command('inspect')
    .summary('tell what a delta holds')
    .description('Tell what a delta holds. Needs no base, decodes nothing.')
    .argument('<file>', 'the delta file, or a .wdelta of deltatensors')
    .option('--all', 'list every tensor, not only the largest')
    .option('--salvage', 'take a file of which the head, the footer or one index is damaged');
  addJsonOption(command).addHelpText(
    'after',
    `
Examples:
  deltashelf delta inspect my-finetune.dshelf
  deltashelf delta inspect my-finetune.dshelf --json`,
  );
  command.action(async (file: string, { all = false, salvage = false, json = false }: InspectOptions) => {
    const { fs, terminal, signal } = context;
    const deltas = new Deltas({ fs, runtime: await context.loadRuntime(), writer });
    const result = await deltas.inspectDelta({ file, salvage }, signal);
    printWarnings(context, result.warnings);
    const describe = (): string =>
      'format' in result ? describeWdelta(result, all) : describeDelta(result, all);
    terminal.out(json ? `${visibleJson(result)}\n` : describe());
  });
}
