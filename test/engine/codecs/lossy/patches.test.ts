import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dct, decodePatches, dwt } from '../../../../src/main/engine/codecs/lossy/index.ts';
import { kernelPool } from '../../../fixtures/engine-delta.ts';
import { alike, codedChanges, payloadsOf, tensorOf, type PatchOptions } from './patches-coded.ts';

const pool = kernelPool();

/** About normal numbers, the same in every run. */
function noise(rows: number, columns: number, size = 0.01) {
  let state = 1;
  const data = Float32Array.from({ length: rows * columns }, () => {
    let sum = 0;
    for (let index = 0; index < 6; index += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      sum += state / 2 ** 32 - 0.5;
    }
    return sum * size;
  });
  return { rows, columns, data };
}

const everyOption: PatchOptions[] = [
  { codec: 'dct' },
  { codec: 'dct', patch: '8', bits: '2-1-0' },
  { codec: 'dct', patch: '32', bits: '4-2-0', quantiser: 'jpeg' },
  { codec: 'dct', patch: '64', bits: '6@0.5/3@0.5', importance: 'low-frequency' },
  { codec: 'dwt' },
  { codec: 'dwt', wavelet: 'db2', keep: 'll_lh_hl', levels: '2' },
  { codec: 'dwt', wavelet: 'db4', patch: '8', levels: '3', quantiser: 'jpeg' },
  { codec: 'dwt', wavelet: 'bior4.4', patch: '32', levels: '2' },
  { codec: 'dwt', wavelet: 'bior4.4', keep: 'll_only', levels: '3' },
];
const forms = everyOption.flatMap((options) => [
  options,
  ...('levels' in options ? [] : [{ ...options, form: 'faithful' }]),
]);

describe('options of dct and dwt', () => {
  it('are what the published experiments used, repaired', () => {
    const half = [
      { bits: 2, share: 0.5 },
      { bits: 0, share: 0.5 },
    ];
    const common = { patch: 16, bits: half, quantiser: 'linear', form: 'repaired' };
    expect(dct.options.parse({})).toEqual({ ...common, importance: 'norm' });
    expect(dwt.options.parse({})).toEqual({ ...common, wavelet: 'haar', keep: 'all', levels: 1 });
  });

  it('take a list of shares', () => {
    expect(dct.options.parse({ bits: '6@.25/3@0.25/0@0.5' }).bits).toEqual([
      { bits: 6, share: 0.25 },
      { bits: 3, share: 0.25 },
      { bits: 0, share: 0.5 },
    ]);
  });

  it.for<[string, Record<string, string>, RegExp]>([
    ['a patch of another size', { patch: '12' }, /must be one of 8, 16, 32, 64/],
    ['a patch that is no number', { patch: 'big' }, /patch/],
    ['shares that do not add up', { bits: '2@0.5/0@0.4' }, /shares add up to 1/],
    ['more bits than levels have symbols', { bits: '7@1' }, /0 to 6/],
    ['a list that is none', { bits: '2@0.5/' }, /must be 2-0/],
    ['a name of the prototype', { bits: 'constructor' }, /must be 2-0/],
    ['another form', { form: 'fast' }, /must be one of repaired, faithful/],
    ['a key that is not known', { levles: '2' }, /levles/],
  ])('refuse %s', ([, options, message]) => {
    expect(dct.options.safeParse(options).error?.message).toMatch(message);
    expect(dwt.options.safeParse(options).error?.message).toMatch(message);
  });

  it('refuse more levels than the published program knows in its form', () => {
    const parsed = dwt.options.safeParse({ form: 'faithful', levels: '2' });
    expect(parsed.error?.message).toMatch(/must be 1 with form=faithful/);
    expect(dwt.options.safeParse({ levels: '4' }).error?.message).toMatch(/must be 1, 2 or 3/);
  });
});

describe('patches of any tensor', () => {
  it.for(forms.map((options) => [JSON.stringify(options), options] as const))(
    '%s: odd shapes and zeros come back in their length, zeros as zeros',
    async ([, options]) => {
      for (const [rows, columns] of [
        [65, 65],
        [3, 2500],
        [2500, 3],
        [130, 70],
      ] as const) {
        const { decoded } = await codedChanges(pool, noise(rows, columns), options);
        expect(decoded.every(Number.isFinite)).toBe(true);
        const zeros = { rows, columns, data: new Float32Array(rows * columns) };
        expect((await codedChanges(pool, zeros, options)).decoded.every((value) => value === 0)).toBe(true);
      }
    },
  );

  it.for(everyOption.map((options) => [JSON.stringify(options), options] as const))(
    '%s: the slope is 1 where the cosine allows it',
    async ([, options]) => {
      const changes = noise(192, 160);
      const { decoded } = await codedChanges(pool, changes, options);
      const { cosine, slope } = alike(changes.data, decoded);
      if (cosine >= 0.5) expect(Math.abs(slope - 1)).toBeLessThan(1e-3);
      // Least squares: the slope is the square of the cosine.
      else expect(slope).toBeCloseTo(cosine * cosine, 2);
    },
  );

  it('is the same in several chunks as in one, in the faithful form', async () => {
    const changes = noise(100, 64);
    for (const codec of ['dct', 'dwt']) {
      const options = { codec, form: 'faithful' };
      const whole = await codedChanges(pool, changes, options);
      const parts = await codedChanges(pool, changes, options, 16);
      const far = whole.decoded.map((value, index) => Math.abs(value - (parts.decoded[index] ?? 0)));
      expect(Math.max(...far)).toBeLessThan(1e-5 * 0.03);
    }
  });

  it('keeps a constant change, in every patch that has bits', async () => {
    const changes = { rows: 64, columns: 64, data: new Float32Array(4096).fill(0.25) };
    for (const codec of ['dct', 'dwt']) {
      const { decoded } = await codedChanges(pool, changes, { codec, bits: '4@1' });
      expect(alike(changes.data, decoded).cosine).toBeGreaterThan(0.99);
    }
  });

  it('keeps a change of one element that is far larger than all others', async () => {
    const changes = noise(64, 64, 1e-4);
    changes.data[77] = 1e4;
    const { decoded } = await codedChanges(pool, changes, { codec: 'dct', bits: '6@1' });
    expect(alike(changes.data, decoded).cosine).toBeGreaterThan(0.99);
  });

  it.for<[string, number, number, number]>([
    ['one element', 1, 1, 0.01],
    ['no more elements than a patch has', 16, 16, 0.01],
    ['a vector', 1, 4096, 0.01],
    ['changes near the smallest float', 64, 64, 1e-40],
    ['changes near the largest float', 64, 64, 1e37],
  ])('leaves %s to be coded exactly', async ([, rows, columns, size]) => {
    for (const codec of ['dct', 'dwt']) {
      expect(await payloadsOf(pool, noise(rows, columns, size), { codec })).toBeUndefined();
    }
  });

  it('reads every row once, and leaves no memory behind', async () => {
    const changes = noise(1000, 700);
    const { used } = pool.memory;
    const reads: number[] = [];
    const tensors = [tensorOf(pool, changes, reads)];
    const plan = await dct.plan({ pool, tensors, options: dct.options.parse({}) });
    await plan.coder(0);
    expect(reads).toEqual(new Array(1000).fill(1));
    await codedChanges(pool, changes, { codec: 'dct' });
    expect(pool.memory.used).toBe(used);
  });
});

describe('hostile payloads', () => {
  const shape = { rows: 40, columns: 24, first: 0, count: 40 };

  async function isHarmless(payload: Uint8Array): Promise<void> {
    const decoded = await decodePatches(pool, { ...shape, payload });
    expect(decoded?.length ?? 960).toBe(960);
    expect(decoded?.every(Number.isFinite) ?? true).toBe(true);
  }

  it('of any bytes are refused, or give numbers of the right length', async () => {
    const anything = fc
      .tuple(fc.uint8Array({ maxLength: 3, minLength: 3 }), fc.uint8Array({ maxLength: 200 }))
      .map(([head, rest]) => Uint8Array.of(...head.map((byte, at) => (at === 1 ? byte & 3 : byte)), ...rest));
    await fc.assert(fc.asyncProperty(anything, isHarmless), { numRuns: 2000 });
  });

  it('with some bytes changed, cut or added are refused, or give numbers of the right length', async () => {
    const payloads = await Promise.all(
      forms.map((options) => payloadsOf(pool, noise(40, 24), { ...options, patch: '8' })),
    );
    const sound = payloads.map((parts) => parts?.[0]?.payload ?? new Uint8Array());
    expect(sound.every(({ length }) => length > 20)).toBe(true);
    const changed = fc
      .tuple(
        fc.constantFrom(...sound),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(20),
      )
      .map(([payload, edits, cut]) => {
        const bytes = payload.slice(0, payload.length - (cut > 10 ? cut - 10 : 0));
        for (const [at, byte] of edits) bytes[at % Math.min(bytes.length, 90)] = byte;
        return bytes;
      });
    await fc.assert(fc.asyncProperty(changed, isHarmless), { numRuns: 2000 });
  });

  it.for<[string, Partial<typeof shape>]>([
    ['a chunk that begins within a patch', { first: 4 }],
    ['a chunk that ends within a patch', { rows: 80, count: 36 }],
    ['a chunk without rows', { count: 0 }],
    ['a tensor without columns', { columns: 0 }],
    ['more patches than the map has', { columns: 2400 }],
  ])('refuses %s', async ([, other]) => {
    const [part] = (await payloadsOf(pool, noise(40, 24), { codec: 'dct', patch: '8' })) ?? [];
    const payload = part?.payload ?? new Uint8Array();
    expect(await decodePatches(pool, { ...shape, payload })).toHaveLength(960);
    expect(await decodePatches(pool, { ...shape, ...other, payload })).toBeUndefined();
  });
});
