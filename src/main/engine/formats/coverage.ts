import type { Segment } from './segments.ts';

/**
 * Asserts that segments cover every byte of a file once, in order; empty segments are tensors without elements.
 * A reader that breaks this would lose bytes, so `parseFile` asks before it trusts one.
 * @throws Error naming the first segment that breaks the rule.
 */
export function assertCovers(segments: readonly Segment[], size: number): void {
  let covered = 0;
  for (const [number, { kind, offset, length, tensor }] of segments.entries()) {
    const named = `segment ${number} (${kind} at ${offset}, ${length} bytes)`;
    if (!Number.isSafeInteger(length) || length < 0) throw new Error(`${named} has no valid length`);
    if (offset !== covered) throw new Error(`${named} begins elsewhere than at ${covered}`);
    if ((kind === 'tensor') !== (tensor !== undefined)) throw new Error(`${named} has a wrong description`);
    if (length === 0 && kind !== 'tensor') throw new Error(`${named} is empty`);
    covered += length;
  }
  if (covered !== size) throw new Error(`the segments end at ${covered}, the file at ${size}`);
}

/**
 * Completes placed segments, sorted by offset and free of overlap, to a cover of the file: what lies between them,
 * before and after, becomes segments of the kind `gap`. Neighbouring gaps are one segment.
 */
export function withGaps(placed: readonly Segment[], size: number, gap: 'header' | 'raw'): Segment[] {
  const segments: Segment[] = [];
  let covered = 0;
  for (const segment of placed) {
    if (segment.offset > covered) {
      segments.push({ kind: gap, offset: covered, length: segment.offset - covered });
    }
    segments.push(segment);
    covered = segment.offset + segment.length;
  }
  if (covered < size) segments.push({ kind: gap, offset: covered, length: size - covered });
  return segments;
}
