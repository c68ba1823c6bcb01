import type { Command } from 'commander';
import envPaths from 'env-paths';
import { join } from 'node:path';
import { formatBytes, type SweepResult } from '../../../shared/index.ts';
import { sweepGrid } from '../../service/index.ts';
import { formatTable } from '../../bench/index.ts';
import type { CliContext } from '../context.ts';
import { addJobOptions, addParentOptions, append, type JobOptions, type ParentOptions } from '../options.ts';
import { runJob } from '../run-job.ts';
import { visibleName } from '../visible.ts';

interface SweepOptions extends JobOptions, ParentOptions {
  readonly codec: readonly string[];
  readonly csv?: string;
  readonly cache?: string;
}

export function addSweep(program: Command, context: CliContext): void {
  const command = program
    .command('sweep')
    .summary('compare approximations of a model: bytes against error')
    .description(
      'Code a model by many codecs, decode each result, and tell how large and how near it is. ' +
        'No delta file is written. What was measured before on the same bytes is remembered.',
    )
    .argument('<child>', 'folder or file of the model')
    .option(
      '--codec <codec>',
      'a codec with its options; may be given several times; default: the grid',
      append,
      [],
    )
    .option('--csv <file>', 'write the points as comma-separated values as well')
    .option('--cache <folder>', 'where what was measured is remembered');
  addParentOptions(command, 'what the model was made from');
  addJobOptions(command).addHelpText(
    'after',
    `
Examples:
  deltashelf sweep my-finetune --base llama-base
  deltashelf sweep my-finetune --base llama-base --codec rd:bits=1 --codec rd:bits=2 --json`,
  );
  command.action((child: string, options: SweepOptions) =>
    runJob(
      context,
      options,
      (deltas, control) => {
        const { base: bases, baseOf: basesOf, codec, csv } = options;
        const cache = options.cache ?? join(envPaths('deltashelf', { suffix: '' }).cache, 'sweeps');
        const codecs = codec.length > 0 ? codec : sweepGrid;
        const request = { child, bases, basesOf, codecs, cache, ...(csv !== undefined && { csv }) };
        return deltas.sweepDelta(request, control);
      },
      describe,
    ),
  );
}

function describe({ child, originalBytes, exactBytes, points }: SweepResult): string {
  const title =
    `${visibleName(child)}: ${formatBytes(originalBytes)}, ` +
    `${formatBytes(exactBytes)} as an exact delta\n\n`;
  const rows = points.map((point) => [
    visibleName(point.codec),
    String(point.bytes),
    point.bitsPerWeight.toFixed(3),
    point.ratio.toFixed(2),
    point.floatRatio.toFixed(2),
    point.relativeError.toPrecision(3),
    point.cosine === null ? '-' : point.cosine.toFixed(4),
    point.slope.toFixed(3),
  ]);
  const right = (name: string): { title: string; align: 'right' } => ({ title: name, align: 'right' });
  const heads = ['bytes', 'bits/weight', 'ratio', 'of float32', 'error', 'cosine', 'slope'].map(right);
  return title + formatTable([{ title: 'codec' }, ...heads], rows);
}
