// `npm test`: build, checks, tests; the last line counts them all. `npm test -- test/engine [vitest options]` builds
// and runs only those tests. Whatever fails, the rest still runs: one round shows all there is to mend.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { staleParts } from './build-state.mjs';
import { checkNames, runChecks } from './checks.mjs';
import { closingLine } from './closing-line.mjs';
import { runTests } from './run-tests.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const asked = process.argv.slice(2);

const counts = [isBuilt() ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }];
if (asked.length === 0) {
  const failed = await runChecks(root, checkNames);
  counts.push({ passed: checkNames.length - failed.length, failed: failed.length });
}
counts.push(runTests(root, asked));

const { line, ok } = closingLine(counts);
process.exitCode = ok ? 0 : 1;
console.log(line);

function isBuilt() {
  if (staleParts(root).length === 0) return true;
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} build`);
  return status === 0;
}
