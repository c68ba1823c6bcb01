import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  applyResultSchema,
  createResultSchema,
  formatBytes,
  verifyResultSchema,
  type BenchGeneratedResult,
} from '../../../shared/index.ts';
import { formatTable, generatePair, megabytesPerSecond } from '../../bench/index.ts';
import type { CliContext } from '../context.ts';
import { measure } from '../commands/measured.ts';
import { formatSpeed } from './describe-pair.ts';

type Row = BenchGeneratedResult['rows'][number];

/** Rounds with this many threads each. */
const rounds = [1, 2];

/** Measures create, verify and apply on a generated pair, each in a process of its own; all files are temporary. */
export async function benchGenerated(
  context: CliContext,
  bytes: number,
): Promise<{ result: BenchGeneratedResult; text: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'deltashelf-bench-'));
  try {
    const pair = { parent: join(folder, 'parent.safetensors'), child: join(folder, 'child.safetensors') };
    context.terminal.err(`Generating ${formatBytes(bytes)} twice ...\n`);
    await generatePair(pair, bytes, context.signal);
    const rows: Row[] = [];
    let result: BenchGeneratedResult = { bytes, storedBytes: 0, ratio: 1, rows };
    for (const threads of rounds) {
      const file = join(folder, `${threads}.dshelf`);
      const output = join(folder, `out-${threads}`);
      const common = ['--base', pair.parent, '--threads', String(threads), '--quiet'];
      const run = async (command: Row['command'], ...args: string[]): Promise<unknown> => {
        context.terminal.err(`${command} on ${threads === 1 ? '1 thread' : `${threads} threads`} ...\n`);
        const answer = await measure(context, ['delta', command, ...args, ...common]);
        const { seconds } = answer.result as { seconds: number };
        const MBps = megabytesPerSecond(bytes, seconds * 1000);
        rows.push({ command, threads, seconds, MBps, peakBytes: answer.peakBytes });
        return answer.result;
      };
      const created = createResultSchema.parse(await run('create', pair.child, '-o', file));
      const { originalBytes, storedBytes, ratio } = created;
      result = { bytes: originalBytes, storedBytes, ratio, rows };
      verifyResultSchema.parse(await run('verify', file));
      applyResultSchema.parse(await run('apply', file, '-o', output));
      await rm(output, { recursive: true });
      await rm(file);
    }
    return { result, text: describe(result) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function describe({ bytes, storedBytes, ratio, rows }: BenchGeneratedResult): string {
  const single = new Map(rows.filter(({ threads }) => threads === 1).map((row) => [row.command, row]));
  const table = formatTable(
    [
      { title: 'command' },
      { title: 'threads', align: 'right' },
      { title: 'seconds', align: 'right' },
      { title: 'MB/s', align: 'right' },
      { title: 'x of one thread', align: 'right' },
      { title: 'peak memory', align: 'right' },
    ],
    rows.map(({ command, threads, seconds, MBps, peakBytes }) => [
      command,
      String(threads),
      seconds.toFixed(1),
      formatSpeed(MBps),
      ((single.get(command)?.seconds ?? seconds) / seconds).toFixed(2),
      formatBytes(peakBytes),
    ]),
  );
  return (
    `A generated pair: BF16, ${formatBytes(bytes)}, stored in ${formatBytes(storedBytes)} ` +
    `(ratio ${ratio.toFixed(4)})\n\n${table}`
  );
}
