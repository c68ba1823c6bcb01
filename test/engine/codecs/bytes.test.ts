import { brotliCompressSync, constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packAny, packBytes, unpackAny, unpackBytes } from '../../../src/main/engine/codecs/index.ts';
import { numbers } from '../../bench/pairs.ts';
import { concat, utf8 } from '../../fixtures/bytes.ts';

function noise(count: number, seed: number): Uint8Array {
  const next = numbers(seed);
  return Uint8Array.from({ length: count }, () => next() * 256);
}

const text = utf8(
  JSON.stringify(Object.fromEntries(Array.from({ length: 900 }, (_, token) => [`token ${token}`, token]))),
);

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ maxLength: 300 }).map(utf8),
  fc.integer({ min: 0, max: 2000 }).map((length) => new Uint8Array(length)),
);

test('packed bytes come back, and never under another length', () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const packed = packBytes(bytes);
      expect(unpackBytes(packed, bytes.length)).toEqual(Buffer.from(bytes));
      expect(unpackBytes(packed, bytes.length + 1)).toBeUndefined();
      if (bytes.length > 1) expect(unpackBytes(packed, bytes.length - 1)).toBeUndefined();
      const any = packAny(bytes);
      expect(Buffer.compare(unpackAny(any, bytes.length) ?? Buffer.of(), bytes)).toBe(0);
      expect(any.length).toBeLessThanOrEqual(bytes.length + 1);
      expect(unpackAny(any, bytes.length + 1)).toBeUndefined();
      if (bytes.length > 0) expect(unpackAny(any, bytes.length - 1)).toBeUndefined();
    }),
  );
});

test('each form is used where it is the smallest', () => {
  const large = concat(...new Array<Uint8Array>(10).fill(text));
  expect(packBytes(text).codec).toBe('brotli');
  expect(packBytes(large)).toMatchObject({ codec: 'zstd' });
  expect(unpackBytes(packBytes(large), large.length)).toEqual(Buffer.from(large));
  const random = noise(5000, 1);
  expect(packAny(random)).toEqual(Buffer.concat([Uint8Array.of(0), random]));
  expect(packAny(text).length).toBeLessThan(text.length / 3);
  expect(packAny(large).length).toBeLessThan(text.length / 2);
  // Short repetitions of long noise: brotli's window is smaller than its input.
  const forms = new Set([random, text, large, concat(random, random)].map((bytes) => packAny(bytes)[0]));
  expect(forms).toEqual(new Set([0, 1, 2]));
});

test('a bomb is stopped at the length that was expected', () => {
  const zeros = new Uint8Array(64 << 20);
  const bombs = [
    { codec: 'zstd', payload: zstdCompressSync(zeros) },
    {
      codec: 'brotli',
      payload: brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
    },
  ] as const;
  for (const bomb of bombs) {
    expect(bomb.payload.length).toBeLessThan(20_000);
    const before = process.memoryUsage().arrayBuffers;
    for (const length of [0, 1, 1000, 1 << 20]) expect(unpackBytes(bomb, length)).toBeUndefined();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 << 20);
    const form = bomb.codec === 'zstd' ? 1 : 2;
    expect(unpackAny(concat([form], bomb.payload), 1000)).toBeUndefined();
  }
});

test('damaged, cut and unknown payloads are refused', () => {
  for (const codec of ['zstd', 'brotli'] as const) {
    const payload = codec === 'zstd' ? zstdCompressSync(text) : brotliCompressSync(text);
    expect(unpackBytes({ codec, payload }, text.length)).toEqual(Buffer.from(text));
    for (let end = 0; end < payload.length; end += 97) {
      expect(unpackBytes({ codec, payload: payload.subarray(0, end) }, text.length)).toBeUndefined();
    }
    expect(unpackBytes({ codec, payload: noise(200, 3) }, text.length)).toBeUndefined();
  }
  expect(unpackAny(new Uint8Array(), 0)).toBeUndefined();
  for (const form of [3, 4, 255]) expect(unpackAny(Uint8Array.of(form, 1, 2), 2)).toBeUndefined();
  expect(unpackAny(Uint8Array.of(0, 1, 2), 2)).toEqual(Uint8Array.of(1, 2));
});

test('any bytes unpack to the expected length or not at all', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(80), (bytes, length) => {
      expect(unpackAny(bytes, length)?.length ?? length).toBe(length);
    }),
  );
});
