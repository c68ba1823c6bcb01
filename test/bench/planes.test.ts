import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainLoops } from '../../src/main/bench/index.ts';
import { planesIn } from '../../src/main/bench/peers/planes.ts';
import { shifted } from './pairs.ts';

const pair = fc
  .record({
    width: fc.constantFrom(1, 2, 4, 8),
    elements: fc.nat(70),
    offsets: fc.tuple(fc.nat(7), fc.nat(7)),
  })
  .chain(({ width, elements, offsets }) => {
    const bytes = fc.uint8Array({ minLength: width * elements, maxLength: width * elements });
    return fc.record({
      width: fc.constant(width),
      child: bytes.map((value) => shifted(value, offsets[0])),
      parent: bytes.map((value) => shifted(value, offsets[1])),
    });
  });

test('byte k of each element of the XOR lies in plane k, at any address, and finds its way back', () => {
  fc.assert(
    fc.property(pair, ({ width, child, parent }) => {
      const elements = child.length / width;
      const planes = planesIn(new ArrayBuffer(width * (elements + 3)), width, elements);
      plainLoops.split(child, parent, planes);
      for (const [k, plane] of planes.entries()) {
        const expected = Array.from({ length: elements }, (_, i) => {
          return (child[i * width + k] ?? 0) ^ (parent[i * width + k] ?? 0);
        });
        expect([...plane]).toEqual(expected);
      }
      const back = shifted(new Uint8Array(child.length), 3);
      plainLoops.merge(planes, parent, back);
      expect(Buffer.compare(back, child)).toBe(0);
    }),
  );
});
