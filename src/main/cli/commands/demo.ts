import type { Command } from 'commander';
import { DeltashelfError, formatBytes, formatRatio, type DemoResult } from '../../../shared/index.ts';
import { formatTable } from '../../bench/index.ts';
import type { CliContext } from '../context.ts';
import { runDemo, type DemoShow } from '../demo/run-demo.ts';
import { drawTree } from '../library/draw-tree.ts';
import { describePlan } from '../library/commands/describe-plan.ts';
import { addJobOptions, type JobOptions } from '../options.ts';
import { visible, visibleJson } from '../visible.ts';

export function addDemo(program: Command, context: CliContext): void {
  const command = program
    .command('demo')
    .summary('all of it, on a small family of models')
    .description(
      'On a temporary copy of the sample library: find out what came from what, store every fine-tune as a delta, ' +
        'verify, delete the originals, reconstruct them, and compare the SHA-256 of every file.',
    );
  addJobOptions(command).action(async (options: JobOptions) => {
    const { terminal, signal, sampleLibrary } = context;
    const { threads, quiet = false, json = false } = options;
    const open = (home: string) => context.openLibrary({ home, ...(threads !== undefined && { threads }) });
    const result = await runDemo(open, sampleLibrary, { signal }, showOn(terminal, quiet || json));
    if (!result.identical) {
      terminal.err(describe(result));
      throw different(result);
    }
    if (json)
      terminal.out(`${visibleJson(result)}
`);
    else if (!quiet)
      terminal.out(`
${describe(result)}
${nextSteps}`);
  });
}

const nextSteps = `With a folder of your own:
  npm run -s cli -- add <folder>            look what is in it; changes nothing
  npm run -s cli -- tree                    what came from what
  npm run -s cli -- plan                    what would be saved
  npm run -s cli -- compress --all          store and verify; the originals stay
  npm run -s cli -- reclaim --all           move verified originals into quarantine, after asking
  npm run -s cli -- purge                   free their space, after asking
  npm run -s cli -- reconstruct <model>     get one back
`;

function showOn(terminal: CliContext['terminal'], silent: boolean): DemoShow {
  const write = (text: string): void => {
    if (!silent) terminal.err(text);
  };
  return {
    step: (command, sentence) => write(`\n${sentence}  (deltashelf ${command})\n`),
    tree: (tree) => write(visible(drawTree(tree))),
    plan: (plan) => write(visible(describePlan(plan))),
  };
}

function describe({ models, identical, seconds }: DemoResult): string {
  const table = formatTable(
    [
      { title: 'model' },
      { title: 'parent' },
      { title: 'original bytes', align: 'right' },
      { title: 'stored bytes', align: 'right' },
      { title: 'smaller', align: 'right' },
      { title: 'create MB/s', align: 'right' },
      { title: 'apply MB/s', align: 'right' },
      { title: 'verdict' },
    ],
    models.map((row) => [
      row.model,
      row.parent ?? '(none)',
      String(row.originalBytes),
      String(row.storedBytes),
      formatRatio(row.ratio),
      row.createMBps.toFixed(1),
      row.applyMBps.toFixed(1),
      row.identical ? 'identical' : 'DIFFERENT',
    ]),
  );
  const original = models.reduce((sum, { originalBytes }) => sum + originalBytes, 0);
  const stored = models.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
  const verdict = identical ? 'Every file of every model came back identical' : 'NOT every model came back';
  return (
    `${table}\n${models.length} models, ${formatBytes(original)} stored in ${formatBytes(stored)}, ` +
    `${formatRatio(stored / original)} smaller. ${verdict} (SHA-256), in ${seconds.toFixed(1)} s.\n` +
    'Speeds include opening, hashing and flushing, which take most of the time for models this small.\n'
  );
}

function different({ models }: DemoResult): DeltashelfError {
  const names = models.filter(({ identical }) => !identical).map(({ model }) => model);
  return new DeltashelfError(
    'internal',
    `Not identical after reconstruction: ${names.join(', ')}. Only temporary copies were touched. Test this ` +
      "machine's memory, and report this if it happens again.",
  );
}
