// `npm test`: build, checks, tests; the last line counts them all. `npm test -- test/engine [vitest options]` builds
// and runs only those tests. Whatever fails, the rest still runs: one round shows all there is to mend.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { staleParts } from './build-state.mjs';
import { checkNames, runChecks } from './checks.mjs';
import { closingLine, countTests } from './closing-line.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const asked = process.argv.slice(2);

const counts = [isBuilt() ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }];
if (asked.length === 0) {
  const failed = await runChecks(root, checkNames);
  counts.push({ passed: checkNames.length - failed.length, failed: failed.length });
}
counts.push(runTests(asked));

const { line, ok } = closingLine(counts);
process.exitCode = ok ? 0 : 1;
console.log(line);

function isBuilt() {
  if (staleParts(root).length === 0) return true;
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} build`);
  return status === 0;
}

/** @param {string[]} filters */
function runTests(filters) {
  const folder = mkdtempSync(join(tmpdir(), 'deltashelf-test-'));
  const report = join(folder, 'report.json');
  try {
    const { status } = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
        ...filters,
      ],
      { cwd: root, stdio: 'inherit' },
    );
    return countTests(readReport(report), status ?? 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} path
 * @returns {import('./closing-line.mjs').Report | null}
 */
function readReport(path) {
  try {
    /** @type {unknown} */
    const json = JSON.parse(readFileSync(path, 'utf8'));
    return /** @type {import('./closing-line.mjs').Report} */ (json);
  } catch {
    // The runner fell over before it could write one: counted as a failure by its exit code.
    return null;
  }
}
