import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from '../../src/main/bench/peers/bytes.ts';
import { QuasiStaticModel, RangeDecoder, RangeEncoder } from '../../src/main/bench/peers/range-coder.ts';
import { numbers } from './pairs.ts';

const value = fc.oneof(
  fc.record({ symbol: fc.nat(32) }),
  fc.nat(32).chain((bits) => fc.record({ bits: fc.constant(bits), value: fc.nat(2 ** 32 - 1) })),
);

test('symbols and bits come back, and the decoder stops where the encoder did', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 300 }), fc.uint8Array({ maxLength: 9 }), (values, behind) => {
      const out = new ByteWriter();
      const encoder = new RangeEncoder(out);
      const model = new QuasiStaticModel(33);
      const low = (number: number, bits: number) => (bits === 32 ? number | 0 : number & (2 ** bits - 1));
      for (const step of values) {
        if ('symbol' in step) encoder.symbol(step.symbol, model);
        else encoder.bits(low(step.value, step.bits), step.bits);
      }
      encoder.finish();
      const written = out.finish().length;
      out.append(behind);

      const decoder = new RangeDecoder(out.finish());
      const decoded = new QuasiStaticModel(33);
      for (const step of values) {
        if ('symbol' in step) expect(decoder.symbol(decoded)).toBe(step.symbol);
        else expect(decoder.bits(step.bits)).toBe(low(step.value, step.bits));
      }
      expect(decoder.bytesRead).toBe(written);
    }),
  );
});

test('long runs of rare and frequent symbols never lose the range', () => {
  const next = numbers(11);
  const symbols = Array.from({ length: 200_000 }, (_, i) => {
    return next() < (i % 50_000) / 50_000 ? 3 : Math.floor(next() ** 4 * 65);
  });
  const out = new ByteWriter();
  const encoder = new RangeEncoder(out);
  const model = new QuasiStaticModel(65);
  for (const symbol of symbols) encoder.symbol(symbol, model);
  encoder.finish();

  const decoder = new RangeDecoder(out.finish());
  const decoded = new QuasiStaticModel(65);
  expect(symbols.every((symbol) => decoder.symbol(decoded) === symbol)).toBe(true);
});

test('a model never gives a symbol no room, and its frequencies always fill 2^16', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(32), fc.nat(900)), { maxLength: 20 }), (runs) => {
      const model = new QuasiStaticModel(33);
      for (const [symbol, times] of runs) {
        for (let i = 0; i < times; i++) model.see(symbol);
        const sizes = [...model.starts.subarray(1)].map((end, index) => end - (model.starts[index] ?? 0));
        expect(Math.min(...sizes)).toBeGreaterThan(0);
        expect(model.starts[33]).toBe(65_536);
      }
    }),
  );
});
