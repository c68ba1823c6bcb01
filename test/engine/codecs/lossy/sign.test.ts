import { describe, expect, it } from 'vitest';
import { decodeScalars, sign } from '../../../../src/main/engine/codecs/lossy/index.ts';
import { kernelPool } from '../../../fixtures/engine-delta.ts';
import { approximate, changeOf, gaussian, measured } from '../../../fixtures/lossy-rows.ts';
import { hasReference, referenceTensors } from '../../../fixtures/reference.ts';

const pool = kernelPool();
const way = (given: Record<string, string>) => ({ codec: sign, given, decode: decodeScalars });

describe.skipIf(!hasReference)('signs and the scales of others', () => {
  const tensors = hasReference
    ? referenceTensors('bitdelta_reference.safetensors')
    : new Map<string, never>();
  const inputs = ['a_96x128', 'b_130x70', 'c_64x256'];
  const variants = [
    { key: 'bitdelta', scale: 'tensor', within: 1e-6 },
    { key: 'sign-row-f16', scale: 'row', within: 1e-6 },
    { key: 'sign-col-f16', scale: 'column', within: 1e-6 },
    // Theirs is in double precision, ours keeps two halves per element: 2^-11 each.
    { key: 'sign-rank1', scale: 'rank1', within: 1e-3 },
  ];
  it.each(variants.flatMap((variant) => inputs.map((input) => ({ ...variant, input }))))(
    '$key of $input',
    async ({ key, scale, within, input }) => {
      const { shape, data } = tensors.get(`input/${input}`) ?? { shape: [], data: new Float32Array() };
      const [rows = 0, columns = 0] = shape;
      const expected = tensors.get(`${key}/${input}`)?.data ?? new Float32Array();
      const [ours] = await approximate(
        pool,
        way({ scale, fit: 'least-squares' }),
        [changeOf(rows, columns, data)],
        { chunkRows: 50 },
      );
      expect(expected.length).toBe(rows * columns);
      let worst = 0;
      for (const [index, value] of expected.entries()) {
        const distance = Math.abs((ours?.decoded[index] ?? NaN) - value) / Math.abs(value);
        worst = distance <= worst ? worst : distance;
      }
      expect(worst).toBeLessThanOrEqual(within);
    },
  );
});

describe('sign', () => {
  const change = changeOf(200, 300, gaussian(60_000, 0.01));

  it.each(['tensor', 'row', 'column', 'rank1'])('has slope 1 with a scale per %s', async (scale) => {
    const [ours] = await approximate(pool, way({ scale }), [change], { chunkRows: 64 });
    const { slope, cosine } = measured(change.data, ours?.decoded ?? new Float32Array());
    expect(Math.abs(slope - 1)).toBeLessThan(1e-3);
    expect(cosine).toBeGreaterThan(0.79);
  });

  it('costs a bit per element', async () => {
    const [ours] = await approximate(pool, way({}), [change]);
    expect(((ours?.bytes ?? 0) * 8) / 60_000).toBeLessThan(1.02);
  });

  it('keeps rows of very small changes, which halves alone would lose', async () => {
    const small = changeOf(64, 128, gaussian(64 * 128, 1e-8));
    const [ours] = await approximate(pool, way({ scale: 'row' }), [small]);
    expect(Math.abs(measured(small.data, ours?.decoded ?? new Float32Array()).slope - 1)).toBeLessThan(1e-3);
  });

  it('takes zero for plus, as the original', async () => {
    const [ours] = await approximate(pool, way({}), [changeOf(1, 4, Float32Array.of(0, -0, -2, 1))]);
    expect([...(ours?.decoded ?? [])].map(Math.sign)).toEqual([1, 1, -1, 1]);
  });

  it.each([
    { name: 'zeros', data: new Float32Array(6), decoded: undefined },
    { name: 'a constant', data: new Float32Array(6).fill(-0.5), decoded: new Float32Array(6).fill(-0.5) },
    { name: 'one element', data: Float32Array.of(0.75), decoded: Float32Array.of(0.75) },
  ])('takes $name', async ({ data, decoded }) => {
    const [ours] = await approximate(pool, way({ scale: 'rank1' }), [changeOf(1, data.length, data)]);
    expect(ours?.decoded).toEqual(decoded);
  });

  it('leaves squared error least where the cosine is too low for slope 1', async () => {
    const spiky = new Float32Array(4096);
    spiky[7] = 1;
    const [ours] = await approximate(pool, way({}), [changeOf(64, 64, spiky)]);
    expect(measured(spiky, ours?.decoded ?? new Float32Array()).slope).toBeLessThan(0.01);
  });

  it.each([
    { given: { scale: 'block' }, says: 'must be one of tensor, row, column, rank1, not "block"' },
    { given: { sclae: 'row' }, says: 'sign has no option "sclae"; it has scale, fit' },
    { given: { fit: 'best' }, says: 'must be one of unbiased, least-squares, not "best"' },
  ])('refuses $given', ({ given, says }) => {
    expect(sign.options.safeParse(given).error?.issues.map(({ message }) => message)).toEqual([says]);
  });

  it('leaves no memory behind', async () => {
    const { used } = pool.memory;
    await approximate(pool, way({ scale: 'rank1' }), [change]);
    expect(pool.memory.used).toBe(used);
  });
});
