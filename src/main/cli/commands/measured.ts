import type { Command } from 'commander';
import { DeltashelfError } from '../../../shared/index.ts';
import type { CliContext } from '../context.ts';
import { visibleJson } from '../visible.ts';

/** What a measured command answered, and the most memory that its process had. */
export interface Measured {
  readonly result: unknown;
  readonly peakBytes: number;
}

/**
 * `measured`, for the benchmark only: runs another command and adds the peak memory of this process to its answer.
 * @param run runs the command and answers its exit code
 */
export function addMeasured(
  program: Command,
  context: CliContext,
  run: (args: readonly string[], context: CliContext) => Promise<number>,
): void {
  program
    .command('measured', { hidden: true })
    .argument('<args>', 'arguments of the other command, as JSON')
    .action(async (json: string) => {
      let out = '';
      const terminal = {
        ...context.terminal,
        out: (text: string) => {
          out += text;
        },
      };
      await run(JSON.parse(json) as string[], { ...context, terminal });
      const peakBytes = process.resourceUsage().maxRSS * 1024;
      context.terminal.out(`${visibleJson({ result: JSON.parse(out), peakBytes } satisfies Measured)}\n`);
    });
}

/** Runs a command with --json in a process of its own. */
export async function measure(context: CliContext, args: readonly string[]): Promise<Measured> {
  const { code, out } = await context.runSelf(['measured', JSON.stringify([...args, '--json'])]);
  context.signal.throwIfAborted();
  if (code !== 0) throw failed(args, out);
  const measured = JSON.parse(out) as Measured;
  const { result } = measured;
  if (typeof result === 'object' && result !== null && 'error' in result) throw failed(args, out);
  return measured;
}

function failed(args: readonly string[], out: string): DeltashelfError {
  return new DeltashelfError(
    'internal',
    `A measured command failed (${args.join(' ')}): ${out.trim()}. Nothing but temporary files was written.`,
  );
}
