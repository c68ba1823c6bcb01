import { expect, test } from 'vitest';
import { closingLine, countTests } from '../../scripts/closing-line.mjs';

const clean = {
  numPassedTests: 12,
  numFailedTests: 0,
  testResults: [{ status: 'passed', assertionResults: [{}] }],
};

test('the closing line sums checks and tests', () => {
  const counts = [{ passed: 1, failed: 0 }, { passed: 4, failed: 1 }, countTests(clean, 0)];
  expect(closingLine(counts)).toEqual({ line: '17 passed, 1 failed', ok: false });
  expect(closingLine([countTests(clean, 0)])).toEqual({ line: '12 passed, 0 failed', ok: true });
});

test('a file that does not load counts as a failure', () => {
  const testResults = [...clean.testResults, { status: 'failed', assertionResults: [] }];
  expect(countTests({ ...clean, testResults }, 1)).toEqual({ passed: 12, failed: 1 });
});

test('a file with a failed test counts once per test', () => {
  const testResults = [{ status: 'failed', assertionResults: [{}, {}] }];
  expect(countTests({ numPassedTests: 0, numFailedTests: 2, testResults }, 1)).toEqual({
    passed: 0,
    failed: 2,
  });
});

test('a failure that no test explains still counts', () => {
  expect(countTests(clean, 1)).toEqual({ passed: 12, failed: 1 });
  expect(countTests(null, 139)).toEqual({ passed: 0, failed: 1 });
});

test('a run without tests is a failure', () => {
  expect(countTests({ numPassedTests: 0, numFailedTests: 0, testResults: [] }, 0)).toEqual({
    passed: 0,
    failed: 1,
  });
});
