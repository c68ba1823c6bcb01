import type { Command } from 'commander';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createResultSchema,
  formatBytes,
  libraryCalls,
  verifyResultSchema,
  type BenchCompressResult,
  type CompressResult,
} from '../../../shared/index.ts';
import { formatTable } from '../../bench/index.ts';
import type { CliContext } from '../context.ts';
import { addJsonOption, wholeNumber, type CommonOptions } from '../options.ts';
import { visibleJson, visibleName } from '../visible.ts';
import { measure } from './measured.ts';

interface BenchCompressOptions extends CommonOptions {
  readonly threads: number;
}

/** `bench-compress`: the library against the engine that it rests on. */
export function addBenchCompress(program: Command, context: CliContext): void {
  const command = program
    .command('bench-compress')
    .summary('set compress --all beside the bare engine')
    .description(
      'Compress all models of a folder in a temporary home, then run delta create and delta verify on the same models ' +
        'against the same bases with the same threads, and compare the times. The folder is only read.',
    )
    .argument('[folder]', 'a folder of models; default: the sample library')
    .option('--threads <n>', 'threads that code', wholeNumber(1, 256), 1);
  addJsonOption(command);
  command.action(async (given: string | undefined, { threads, json = false }: BenchCompressOptions) => {
    const folder = given ?? context.sampleLibrary;
    const place = await mkdtemp(join(tmpdir(), 'deltashelf-bench-'));
    try {
      const common = ['--threads', String(threads), '--quiet'];
      const { compressed, paths } = await compressAll(context, folder, join(place, 'home'), common);
      const rows: BenchCompressResult['rows'] = [];
      for (const model of compressed.models) {
        if (model.outcome !== 'done') continue;
        context.terminal.err(`${visibleName(model.name)} alone ...\n`);
        const base = model.parent === null ? [] : ['--base', paths.get(model.parent) ?? ''];
        const engineSeconds = await alone(context, model.path, join(place, 'alone.dshelf'), [
          ...base,
          ...common,
        ]);
        const { name, parent, originalBytes: bytes, seconds: librarySeconds } = model;
        rows.push({ name, parent, bytes, librarySeconds, engineSeconds });
      }
      const engineSeconds = rows.reduce((sum, row) => sum + row.engineSeconds, 0);
      const librarySeconds = compressed.seconds;
      const bytes = compressed.originalBytes;
      const ratio = engineSeconds > 0 ? librarySeconds / engineSeconds : 0;
      const result: BenchCompressResult = { threads, librarySeconds, engineSeconds, ratio, bytes, rows };
      context.terminal.out(json ? `${visibleJson(result)}\n` : describe(result));
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  });
}

/** What is to be learnt is learnt first: only storing and verifying count. */
async function compressAll(
  context: CliContext,
  folder: string,
  home: string,
  common: readonly string[],
): Promise<{ compressed: CompressResult; paths: ReadonlyMap<string, string> }> {
  const run = async (...args: string[]): Promise<unknown> =>
    (await measure(context, [...args, ...common, '--home', home])).result;
  context.terminal.err('Learning ...\n');
  await run('add', folder);
  await run('plan');
  const { models } = libraryCalls.list.result.parse(await run('list'));
  context.terminal.err('Compressing all ...\n');
  const compressed = libraryCalls.compress.result.parse(await run('compress', '--all'));
  return { compressed, paths: new Map(models.map(({ name, path }) => [name, path])) };
}

/** @returns seconds of create and verify */
async function alone(
  context: CliContext,
  path: string,
  file: string,
  options: readonly string[],
): Promise<number> {
  const run = async (...args: string[]): Promise<unknown> =>
    (await measure(context, ['delta', ...args, ...options])).result;
  const created = createResultSchema.parse(await run('create', path, '-o', file));
  const verified = verifyResultSchema.parse(await run('verify', file));
  await rm(file);
  return created.seconds + verified.seconds;
}

function describe({
  threads,
  librarySeconds,
  engineSeconds,
  ratio,
  bytes,
  rows,
}: BenchCompressResult): string {
  const table = formatTable(
    [
      { title: 'model' },
      { title: 'against' },
      { title: 'library, s', align: 'right' },
      { title: 'engine, s', align: 'right' },
    ],
    rows.map((row) => [
      ...[visibleName(row.name), visibleName(row.parent ?? '')],
      ...[row.librarySeconds.toFixed(2), row.engineSeconds.toFixed(2)],
    ]),
  );
  return (
    `${table}\n${formatBytes(bytes)}, ${threads === 1 ? '1 thread' : `${threads} threads`}: compress --all ` +
    `${librarySeconds.toFixed(2)} s, create and verify alone ${engineSeconds.toFixed(2)} s, ratio ${ratio.toFixed(2)}\n`
  );
}
