import { Command } from 'commander';
import { addBenchCompress } from './commands/bench-compress.ts';
import { addBenchIdle } from './commands/bench-idle.ts';
import { addBenchLibrary } from './commands/bench-library.ts';
import { addBenchOne } from './commands/bench-one.ts';
import { addBenchPlan } from './commands/bench-plan.ts';
import { addBenchScan } from './commands/bench-scan.ts';
import { addBench } from './commands/bench.ts';
import { addDeltaApply } from './commands/delta-apply.ts';
import { addDeltaCreate } from './commands/delta-create.ts';
import { addDeltaExport } from './commands/delta-export.ts';
import { addDeltaImport } from './commands/delta-import.ts';
import { addDeltaInspect } from './commands/delta-inspect.ts';
import { addDeltaVerify } from './commands/delta-verify.ts';
import { addDemo } from './commands/demo.ts';
import { addServe } from './commands/serve.ts';
import { addSweep } from './commands/sweep.ts';
import type { CliContext } from './context.ts';
import { addLibrary } from './library/index.ts';
import { version } from './version.ts';

/** All commands with their options. Nothing is printed or ended but through the context. */
export function buildProgram(context: CliContext): Command {
  const program = new Command('deltashelf')
    .description('Keeps families of neural-network models as small, verified deltas against their parents.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.out(text),
      // What went wrong is told in one place, with the exit code.
      writeErr: () => undefined,
    })
    .helpCommand(false);
  addLibrary(program, context);
  addServe(program, context);
  const delta = program.command('delta').description('make, read and prove delta files');
  addDeltaCreate(delta, context);
  addDeltaApply(delta, context);
  addDeltaInspect(delta, context);
  addDeltaImport(delta, context);
  addDeltaExport(delta, context);
  addDeltaVerify(delta, context);
  addSweep(program, context);
  addDemo(program, context);
  addBench(program, context);
  addBenchLibrary(program, context);
  addBenchScan(program, context);
  addBenchCompress(program, context);
  addBenchIdle(program, context);
  addBenchPlan(program, context);
  addBenchOne(program, context);
  return program;
}
