import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assertCovers, type Segment } from '../../../src/main/engine/formats/index.ts';

const tensor = { name: 'w', dtype: 'U8', shape: [1] } as const;

const segmentKinds = fc.constantFrom('header', 'tensor', 'raw');

/** Segments that cover a file, with the file's size. */
const covers = fc
  .array(fc.record({ kind: segmentKinds, length: fc.integer({ min: 1, max: 50 }) }))
  .map((runs) => {
    let size = 0;
    const segments = runs.map(({ kind, length }): Segment => {
      const offset = size;
      size += length;
      return kind === 'tensor' ? { kind, offset, length, tensor } : { kind, offset, length };
    });
    return { segments, size };
  });

test('segments that lie end to end cover the file', () => {
  fc.assert(
    fc.property(covers, ({ segments, size }) => {
      assertCovers(segments, size);
    }),
  );
});

test('a segment that is left out, doubled or shifted is noticed', () => {
  fc.assert(
    fc.property(
      covers,
      fc.nat(),
      fc.constantFrom('drop', 'double', 'shift', 'grow'),
      ({ segments, size }, pick, how) => {
        fc.pre(segments.length > 0);
        const at = pick % segments.length;
        const broken = segments.flatMap((segment, number) => {
          if (number !== at) return [segment];
          if (how === 'drop') return [];
          if (how === 'double') return [segment, segment];
          if (how === 'shift') return [{ ...segment, offset: segment.offset + 1 }];
          return [{ ...segment, length: segment.length + 1 }];
        });
        expect(() => {
          assertCovers(broken, size);
        }).toThrow();
      },
    ),
  );
});

test.each<[string, Segment[], number]>([
  ['bytes after the last segment', [{ kind: 'raw', offset: 0, length: 4 }], 5],
  ['no segments for a file with bytes', [], 1],
  ['a negative length', [{ kind: 'tensor', offset: 0, length: -1, tensor }], -1],
  ['a length that is no number', [{ kind: 'raw', offset: 0, length: Number.NaN }], 1],
  ['an empty raw segment', [{ kind: 'raw', offset: 0, length: 0 }], 0],
  ['a tensor without a description', [{ kind: 'tensor', offset: 0, length: 1 }], 1],
  ['a description on raw bytes', [{ kind: 'raw', offset: 0, length: 1, tensor }], 1],
])('%s is noticed', (_, segments, size) => {
  expect(() => {
    assertCovers(segments, size);
  }).toThrow();
});

test('an empty tensor and an empty file are covers', () => {
  assertCovers([], 0);
  assertCovers([{ kind: 'tensor', offset: 0, length: 0, tensor: { ...tensor, shape: [0] } }], 0);
});
