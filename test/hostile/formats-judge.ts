import { expect } from 'vitest';
import { parseFile } from '../../src/main/engine/formats/index.ts';
import { cpuMilliseconds } from '../fixtures/cpu-time.ts';
import { MemoryFile } from '../fixtures/memory-file.ts';

/** A hostile file: the attack, the file, and the words with which it is refused. */
export type Attack = readonly [attack: string, file: Uint8Array | MemoryFile, refusal: RegExp];

/** No reader may hold more of a file at a time than this. */
const fewMegabytes = 2 * 1024 * 1024;

/** No attack may keep a reader busy longer than this. The worst take a tenth of it; machines differ. */
const milliseconds = 2000;

/** Parses a hostile file and expects that it stays whole, is explained, and cost little. */
export async function expectRefused(
  path: string,
  bytes: Uint8Array | MemoryFile,
  refusal: RegExp,
): Promise<void> {
  const file = bytes instanceof MemoryFile ? bytes : new MemoryFile(bytes);
  const worked = cpuMilliseconds(() => judge(path, file, refusal));
  expect(await worked).toBeLessThan(milliseconds);
}

async function judge(path: string, file: MemoryFile, refusal: RegExp): Promise<void> {
  const parsed = await parseFile(path, file);
  expect(parsed.warnings).toEqual([{ file: path, sentence: expect.stringMatching(refusal) as string }]);
  expect(parsed.warnings[0]?.sentence).not.toMatch(/our reader/);
  expect(parsed.format).toBe('opaque');
  expect(parsed.segments).toEqual(file.size === 0 ? [] : [{ kind: 'raw', offset: 0, length: file.size }]);
  expect(file.largestBuffer).toBeLessThanOrEqual(fewMegabytes);
}
