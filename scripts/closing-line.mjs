// The last line of `npm test`, from what was really run.

/** @typedef {{ passed: number, failed: number }} Count */

/**
 * What is read of vitest's JSON report.
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {readonly { status: string, assertionResults: readonly unknown[] }[]} testResults
 */

/** @type {Report} */
const nothing = { numPassedTests: 0, numFailedTests: 0, testResults: [] };

/**
 * Counts of vitest's JSON report. What failed without being a test counts as one failure: a file that did not load, an
 * error outside the tests, a runner without a report, a run without a test.
 * @param {Report | null} report
 * @param {number} exitCode
 * @returns {Count}
 */
export function countTests(report, exitCode) {
  const { numPassedTests: passed, numFailedTests, testResults } = report ?? nothing;
  const brokenFiles = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = numFailedTests + brokenFiles;
  const unexplained = failed === 0 && (exitCode !== 0 || passed === 0);
  return { passed, failed: unexplained ? 1 : failed };
}

/**
 * @param {readonly Count[]} counts
 * @returns {{ line: string, ok: boolean }}
 */
export function closingLine(counts) {
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  return { line: `${passed} passed, ${failed} failed`, ok: failed === 0 && passed > 0 };
}
