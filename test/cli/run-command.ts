import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import type { CliContext } from '../../src/main/cli/context.ts';
import { runCli } from '../../src/main/cli/run-cli.ts';
import { openLibrary } from '../../src/main/service/index.ts';
import { nodeFileSystem } from '../../src/main/library/index.ts';
import { failureSchema, type Failure } from '../../src/shared/index.ts';
import { runtime } from '../library/deltas/tools.ts';

/** What a command wrote and how it ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command in this process, on one thread unless it says otherwise. */
export async function runCommand(args: readonly string[], changes: Partial<CliContext> = {}): Promise<Ended> {
  let out = '';
  let err = '';
  const code = await runCli(args, {
    terminal: {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      columns: undefined,
    },
    fs: nodeFileSystem,
    loadRuntime: () => Promise.resolve(runtime),
    openLibrary: (options) =>
      openLibrary({
        fs: changes.fs ?? nodeFileSystem,
        loadRuntime: () => Promise.resolve(runtime),
        writer: 'test',
        ...options,
      }),
    sampleLibrary: fileURLToPath(new URL('../../resources/sample-library', import.meta.url)),
    serve: () => Promise.reject(new Error('no test of the command line shows a page')),
    signal: new AbortController().signal,
    runSelf: (own) => runCommand(own, changes),
    debug: false,
    ...changes,
  });
  return { code, out, err };
}

/** Runs a command that must succeed, with --json, and checks its answer against its schema. */
export async function resultOf<Schema extends z.ZodType>(
  schema: Schema,
  args: readonly string[],
  changes: Partial<CliContext> = {},
): Promise<z.infer<Schema>> {
  const { code, out, err } = await runCommand([...args, '--json'], changes);
  if (code !== 0) throw new Error(`Exit code ${code}: ${out}${err}`);
  return schema.parse(onlyLine(out));
}

/** Runs a command that must fail, with --json, and checks its answer. */
export async function failureOf(
  args: readonly string[],
  changes: Partial<CliContext> = {},
): Promise<Failure['error'] & { readonly exitCode: number }> {
  const { code, out } = await runCommand([...args, '--json'], changes);
  if (code === 0) throw new Error(`It did not fail: ${out}`);
  return { exitCode: code, ...failureSchema.parse(onlyLine(out)).error };
}

function onlyLine(out: string): unknown {
  if (!/^[^\n]+\n$/u.test(out)) throw new Error(`Not exactly one line: ${JSON.stringify(out)}`);
  return JSON.parse(out);
}
