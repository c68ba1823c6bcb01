// The kernels' loops and the plain ones deal out the same planes, and take them together again.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kernelLoops, plainLoops } from '../../src/main/bench/index.ts';
import { numbers } from './pairs.ts';

const module = new WebAssembly.Module(readFileSync(new URL('../../build/kernels.wasm', import.meta.url)));
const loops = kernelLoops(module);

function bytes(count: number, seed: number): Uint8Array {
  const next = numbers(seed);
  return Uint8Array.from({ length: count }, () => next() * 256);
}

function compare(width: number, elements: number, seed: number): void {
  const [child, parent] = [bytes(width * elements, seed), bytes(width * elements, seed + 1)];
  const [dealt, expected] = [0, 1].map(() =>
    Array.from({ length: width }, () => new Uint8Array(new ArrayBuffer(elements + 3), 0, elements)),
  );
  loops.split(child, parent, dealt ?? []);
  plainLoops.split(child, parent, expected ?? []);
  expect(dealt).toEqual(expected);
  const back = new Uint8Array(width * elements);
  loops.merge(dealt ?? [], parent, back);
  expect(Buffer.compare(back, child)).toBe(0);
}

test('of every width and any number of elements', () => {
  const width = fc.constantFrom(1, 2, 4, 8);
  fc.assert(fc.property(width, fc.nat(200), fc.nat(1000), compare));
});

test('of more elements than are in memory at once', () => {
  for (const width of [1, 2, 4, 8]) compare(width, (1 << 20) / width + 21, width);
});
