import { describe, expect, test } from 'vitest';
import { buildDelta, fineTune, llamaTensors } from '../../fixtures/delta-models.ts';

// What a delta costs beside its payloads: head, record headers, both indexes, footer. Half of it are hashes, which
// no compressor makes smaller.

const sample = llamaTensors(4, 128);
const larger = [...llamaTensors(11, 256), ...llamaTensors(1, 256).slice(1, 6)];

describe('overhead', () => {
  for (const kind of ['file', 'folder'] as const) {
    test(`of a ${kind} with 38 tensors, 16 of them coded, is under 4,096 bytes`, async () => {
      const coded = ({ name }: { name: string }): boolean => name.includes('self_attn');
      const { overheadBytes, index } = await buildDelta(fineTune({ tensors: sample, coded, kind }));
      const tensors = index.segments.filter((segment) => segment.kind === 'tensor');
      expect(tensors).toHaveLength(38);
      expect(tensors.filter(({ recipe }) => recipe.coded)).toHaveLength(16);
      expect(overheadBytes).toBeLessThan(4096);
    });

    test(`of a ${kind} with 106 tensors, all unchanged, is under 5,000 bytes`, async () => {
      expect(larger).toHaveLength(106);
      const { overheadBytes } = await buildDelta(fineTune({ tensors: larger, coded: () => false, kind }));
      expect(overheadBytes).toBeLessThan(5000);
    });
  }

  test('grows by less than 1,200 bytes for six small files beside the weights', async () => {
    const both = await Promise.all(
      (['file', 'folder'] as const).map((kind) =>
        buildDelta(fineTune({ tensors: sample, coded: () => true, kind })),
      ),
    );
    const [file, folder] = both.map(({ overheadBytes }) => overheadBytes);
    expect((folder ?? 0) - (file ?? 0)).toBeLessThan(1200);
  });

  test('of a further chunk is under 42 bytes', async () => {
    const delta = (chunkUnits: number) =>
      buildDelta(fineTune({ tensors: larger, coded: () => true, kind: 'file', chunkUnits }));
    const [few, many] = await Promise.all([delta(2 ** 20), delta(2 ** 12)]);
    const chunks = many.index.records.length - few.index.records.length;
    expect(chunks).toBeGreaterThan(1000);
    expect((many.overheadBytes - few.overheadBytes) / chunks).toBeLessThan(42);
  });
});
