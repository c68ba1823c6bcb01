import { InvalidArgumentError, type Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { drawTree } from '../draw-tree.ts';
import { addLibraryOptions, type LibraryOptions } from '../options.ts';
import { runCall } from '../run-call.ts';

interface EdgeOptions extends LibraryOptions {
  readonly weight: readonly number[];
}

/** `tree` and `edge set|confirm|clear`. */
export function addTreeCommands(program: Command, context: CliContext): void {
  const describe = { describe: drawTree };
  addLibraryOptions(
    program
      .command('tree')
      .summary('what came from what')
      .description(
        'Draw what came from what. A merge stands below its heaviest parent and is marked at the others. Relatives of ' +
          'which nothing tells who came first hang on each other by a wave.',
      )
      .argument('[model]', 'only its family'),
  ).action((model: string | undefined, options: LibraryOptions) =>
    runCall(context, options, 'tree', model === undefined ? {} : { model }, describe),
  );
  const edge = program
    .command('edge')
    .description('say what a model came from; your word wins over all evidence');
  addLibraryOptions(
    edge
      .command('set')
      .summary('say what it was made from')
      .argument('<child>')
      .argument('<parents...>')
      .option('--weight <share>', 'share of each parent of a merge, in order', collectShares, []),
  ).action((child: string, names: string[], { weight: weights, ...options }: EdgeOptions) => {
    const parents = names.map((model, at) => {
      const weight = weights[at];
      return { model, ...(weight !== undefined && { weight }) };
    });
    return runCall(context, options, 'setEdge', { child, parents }, describe);
  });
  addLibraryOptions(edge.command('confirm').summary('what is shown is right').argument('<child>')).action(
    (child: string, options: LibraryOptions) => runCall(context, options, 'confirmEdge', { child }, describe),
  );
  addLibraryOptions(
    edge.command('clear').summary('it was made from nothing here').argument('<child>'),
  ).action((child: string, options: LibraryOptions) =>
    runCall(context, options, 'clearEdge', { child }, describe),
  );
}

function collectShares(value: string, former: readonly number[]): readonly number[] {
  const share = value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isFinite(share)) return [...former, share];
  throw new InvalidArgumentError('Give a number, such as 0.6.');
}
