import { describe, expect, it } from 'vitest';
import {
  dare,
  int4,
  lowrank,
  sign,
  sparse,
  ternary,
  ultra,
  type LossyCodec,
} from '../../../../src/main/engine/codecs/lossy/index.ts';
import { kernelPool } from '../../../fixtures/engine-delta.ts';
import { changeOf, gaussian, tensorOf } from '../../../fixtures/lossy-rows.ts';

// Chunks are asked for in order, but rows are read meanwhile, and one may overtake another: the bytes must not differ.

const pool = kernelPool();
// Few different magnitudes, so that thresholds cut through ties.
const ties = gaussian(64 * 200, 1, 51).map((value) => Math.round(value * 4) / 256);

const codecs: [string, LossyCodec<never>, Record<string, string>][] = [
  ['sign', sign, { scale: 'rank1' }],
  ['int4', int4, {}],
  ['sparse', sparse, {}],
  ['ternary', ternary, {}],
  ['ternary over a model', ternary, { scope: 'model' }],
  ['dare', dare, {}],
  ['ultra', ultra, {}],
  ['ultra, faithful', ultra, { form: 'faithful', sparsity: '0.5' }],
  ['lowrank', lowrank, { rank: '4' }],
] as never;

describe('the payload of a chunk does not depend on the chunks before it', () => {
  it.each(codecs)('%s', async (_, codec, given) => {
    const tensor = tensorOf(pool, changeOf(64, 200, ties));
    const plan = await codec.plan({ pool, tensors: [tensor], options: codec.options.parse(given) });
    const encode = async (firsts: number[]): Promise<Map<number, string>> => {
      const coder = await plan.coder(0);
      const payloads = new Map<number, string>();
      for (const first of firsts) {
        const read = await tensor.read(first, 16);
        payloads.set(first, Buffer.from((await coder?.encode(first, 16, read)) ?? []).toString('base64'));
        read.free();
      }
      return payloads;
    };
    const inOrder = await encode([0, 16, 32, 48]);
    const overtaking = await encode([16, 48, 0, 32]);
    expect(inOrder.get(0)).not.toBe('');
    for (const [first, payload] of inOrder) expect(overtaking.get(first)).toBe(payload);
  });
});
