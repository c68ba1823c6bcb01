// Runs vitest and counts what it reports.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countTests } from './closing-line.mjs';

/**
 * @param {string} root
 * @param {readonly string[]} asked filters and options of vitest
 * @returns {import('./closing-line.mjs').Count}
 */
export function runTests(root, asked) {
  const folder = mkdtempSync(join(tmpdir(), 'deltashelf-test-'));
  const report = join(folder, 'report.json');
  try {
    const { status } = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
        ...asked,
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
