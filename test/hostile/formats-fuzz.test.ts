import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assertCovers, parseFile } from '../../src/main/engine/formats/index.ts';
import { concat, pattern } from '../fixtures/bytes.ts';
import { buildGguf, ggufArray, ggufPair, ggufString } from '../fixtures/gguf-file.ts';
import { MemoryFile } from '../fixtures/memory-file.ts';
import * as p from '../fixtures/pickle-bytes.ts';
import { buildSafetensors } from '../fixtures/safetensors-file.ts';
import { buildTorch, storageId, tensorPiece } from '../fixtures/torch-file.ts';

const goodFiles: Record<string, Uint8Array> = {
  safetensors: buildSafetensors(
    [
      { name: 'a.weight', dtype: 'F32', shape: [2, 3] },
      { name: 'b', dtype: 'BF16', shape: [] },
      { name: 'c', dtype: 'F4', shape: [0, 4] },
    ],
    { metadata: [['format', 'pt \u00e9 "x"']] },
  ),
  torch: buildTorch({
    root: p.orderedDict(
      [p.str('a.weight'), tensorPiece({ storage: storageId('0', 'FloatStorage', 6), shape: [2, 3] })],
      [p.str('b'), tensorPiece({ storage: storageId('1', 'HalfStorage', 2), shape: [2] })],
    ),
    storages: [
      ['0', pattern(24, 0)],
      ['1', pattern(4, 1)],
    ],
  }),
  gguf: buildGguf({
    pairs: [
      ggufPair('general.name', 8, ggufString('x')),
      ggufPair('tokens', 9, ggufArray(8, 2, concat(ggufString('a'), ggufString('b')))),
    ],
    tensors: [
      { name: 'a.weight', dims: [3, 2], type: 0, data: pattern(24, 0) },
      { name: 'b', dims: [32], type: 8, data: pattern(34, 1) },
    ],
  }),
};

/** Damage that disks, downloads and people do: other bytes, cut ends, doubled and missing runs. */
const damage = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    at: fc.nat(5000),
    value: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff),
  }),
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(5000), value: fc.integer({ min: 0, max: 7 }) }),
  fc.record({
    kind: fc.constantFrom('cut' as const, 'drop' as const, 'double' as const),
    at: fc.nat(5000),
    value: fc.nat(40),
  }),
);

function apply(
  bytes: Uint8Array,
  { kind, at, value }: { kind: string; at: number; value: number },
): Uint8Array {
  const place = at % Math.max(1, bytes.length);
  const changed = bytes.slice();
  if (kind === 'cut') return bytes.slice(0, place);
  if (kind === 'drop') return concat(bytes.subarray(0, place), bytes.subarray(place + value));
  if (kind === 'double') return concat(bytes.subarray(0, place + value), bytes.subarray(place));
  changed[place] = kind === 'set' ? value : (changed[place] ?? 0) ^ (1 << value);
  return changed;
}

test.each(Object.entries(goodFiles))(
  'a damaged %s file is cut into segments or kept whole',
  async (format, good) => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { maxLength: 3 }), async (damages) => {
        const bytes = damages.reduce(apply, good);
        const file = new MemoryFile(bytes);
        const parsed = await parseFile(`model.${format === 'torch' ? 'bin' : format}`, file);
        seen.add(parsed.format);
        assertCovers(parsed.segments, bytes.length);
        expect(parsed.warnings).toHaveLength(parsed.format === 'opaque' ? 1 : 0);
        expect(parsed.warnings[0]?.sentence ?? '').not.toMatch(/our reader/);
        expect(file.largestBuffer).toBeLessThanOrEqual(2 * 1024 * 1024);
      }),
      { numRuns: 20 * (fc.readConfigureGlobal().numRuns ?? 100) },
    );
    // The damage leaves some files legal and breaks others: both ways were walked.
    expect(seen).toEqual(new Set([format, 'opaque']));
  },
);
