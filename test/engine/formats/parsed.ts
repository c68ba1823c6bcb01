import { expect } from 'vitest';
import { assertCovers, parseFile } from '../../../src/main/engine/formats/index.ts';
import type { FileFormat, Segment, TensorInfo } from '../../../src/main/engine/formats/index.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';

/** A tensor segment with the bytes it covers. */
export interface ParsedTensor extends TensorInfo {
  readonly data: Uint8Array;
}

/** Parses a file that must be understood; returns its segments and, of the tensors, what they are and hold. */
export async function parseGood(
  path: string,
  bytes: Uint8Array,
  format: FileFormat,
): Promise<{ segments: readonly Segment[]; tensors: ParsedTensor[] }> {
  const parsed = await parseFile(path, new MemoryFile(bytes));
  expect(parsed).toMatchObject({ format, warnings: [] });
  assertCovers(parsed.segments, bytes.length);
  const tensors = parsed.segments.flatMap(({ tensor, offset, length }) =>
    tensor === undefined ? [] : [{ ...tensor, data: bytes.slice(offset, offset + length) }],
  );
  return { segments: parsed.segments, tensors };
}

/** Kinds and lengths of segments: `header 40`, `tensor 12`, ... */
export function outline(segments: readonly Segment[]): string[] {
  return segments.map(({ kind, length }) => `${kind} ${length}`);
}
