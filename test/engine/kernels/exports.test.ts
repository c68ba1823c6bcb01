import { expect, test } from 'vitest';
import { referenceKernels } from '../../../src/main/engine/kernels/reference/index.ts';
import { compiledKernels } from './twins.ts';

test('every export has a twin, which takes the memory and the same arguments', () => {
  const arities = (kernels: Readonly<Record<string, unknown>>, before: number): [string, number][] =>
    Object.entries(kernels)
      .filter((entry): entry is [string, (...args: number[]) => unknown] => typeof entry[1] === 'function')
      .map(([name, kernel]): [string, number] => [name, kernel.length - before])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  expect(arities(compiledKernels, 0)).toEqual(arities(referenceKernels, 1));
});
