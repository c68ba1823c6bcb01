import { describe, expect, it } from 'vitest';
import {
  countInside,
  maskThreshold,
  mix,
  placeBits,
  rowKey,
  tensorSeed,
} from '../../../../src/main/engine/codecs/lossy/seeded-mask.ts';

describe('masks by a seed', () => {
  it('are the same for ever', () => {
    expect([0, 1, 2 ** 32 - 1].map(mix)).toEqual([0x00000000, 0x86d2fa73, 0x99b5e683]);
    expect(placeBits(rowKey(7, 3), 5)).toBe(0xee6f9689);
    expect(placeBits(rowKey(7, 2 ** 32 + 3), 5)).not.toBe(0xee6f9689);
    expect(tensorSeed(1, 'model.layers.0.mlp.up_proj.weight')).toBe(0xbe84a543);
  });

  it.each([0.5, 0.03])('keep a share of %f of rows and of columns alike', (share) => {
    const mask = { seed: 11, threshold: maskThreshold(share) };
    const spread = Math.sqrt(100_000 * share * (1 - share));
    const rows = countInside(mask, { first: 9, count: 100, columns: 1000 });
    const tall = countInside(mask, { first: 0, count: 100_000, columns: 1 });
    expect(Math.abs(rows - 100_000 * share)).toBeLessThan(4 * spread);
    expect(Math.abs(tall - 100_000 * share)).toBeLessThan(4 * spread);
  });

  it('are independent for neighbouring seeds', () => {
    const threshold = maskThreshold(0.5);
    let both = 0;
    for (let row = 0; row < 1000; row += 1) {
      for (let column = 0; column < 100; column += 1) {
        const inside = [1, 2].every((seed) => placeBits(rowKey(seed, row), column) < threshold);
        if (inside) both += 1;
      }
    }
    expect(Math.abs(both - 25_000)).toBeLessThan(4 * Math.sqrt(100_000 * 0.25 * 0.75));
  });
});
