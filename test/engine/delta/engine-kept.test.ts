import { afterAll, expect, test } from 'vitest';
import type { RandomAccess, Sink } from '../../../src/main/engine/streams.ts';
import { applyInMemory, createInMemory, deltaOf, kernelPool, modelOf } from '../../fixtures/engine-delta.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';
import { buildSafetensors } from '../../fixtures/safetensors-file.ts';

// The chunks of a tensor stay in shared memory from its survey until they are coded.

const pools = [kernelPool(1), kernelPool(2)];
afterAll(() => Promise.all(pools.map((pool) => pool.close())));

const ROWS = 1300;
const COLUMNS = 1024;

/** Three chunks, the middle one of them without a change or with one. */
function modelPair(middle: 'unchanged' | 'sparse'): { parent: Uint8Array; child: Uint8Array } {
  const count = ROWS * COLUMNS;
  const parent = new Uint16Array(count).map(
    (_, at) => 0x3c00 + ((Math.imul(at, 2_654_435_761) >>> 17) & 0x1ff),
  );
  const child = parent.map((bits, at) => {
    const chunk = Math.floor(at / (512 * COLUMNS));
    if (chunk === 1) return middle === 'sparse' && at % 100_003 === 0 ? bits ^ 1 : bits;
    return bits ^ ((Math.imul(at, 40_503) >>> 9) & 3);
  });
  const file = (values: Uint16Array<ArrayBuffer>): Uint8Array =>
    buildSafetensors([
      { name: 'w', dtype: 'BF16', shape: [ROWS, COLUMNS], data: new Uint8Array(values.buffer) },
    ]);
  return { parent: file(parent), child: file(child) };
}

/** Counts the bytes that are read, and fails once at the read told. */
class Meter {
  bytes = 0;
  reads = 0;
  failAt = Infinity;
  readonly failure = new Error('failed as told');

  readonly open = (content: Uint8Array): RandomAccess => {
    const file = new MemoryFile(content);
    return {
      size: file.size,
      read: async (offset, target) => {
        this.reads += 1;
        this.bytes += target.length;
        if (this.reads === this.failAt) throw this.failure;
        await file.read(offset, target);
      },
    };
  };
}

test.for(pools)(
  'a tensor of several chunks is read once to be coded, and once for its hash',
  async (pool) => {
    const { parent, child } = modelPair('unchanged');
    const meter = new Meter();
    const model = await modelOf({ 'model.safetensors': child }, 'child', meter.open);
    const bases = [await modelOf({ 'model.safetensors': parent }, 'base', meter.open)];
    const { file } = await createInMemory(pool, model, bases);
    expect(meter.bytes).toBeLessThan(2.01 * (child.length + parent.length));
    expect(pool.memory.used).toBe(0);
    const found = await applyInMemory(pool, await deltaOf(file), bases);
    expect(Buffer.compare(found['model.safetensors'] ?? new Uint8Array(), child)).toBe(0);
  },
);

test.for(pools)(
  'each read and write of such a tensor fails once, and no memory stays in use',
  async (pool) => {
    for (const middle of ['unchanged', 'sparse'] as const) {
      const { parent, child } = modelPair(middle);
      const run = async (failing: 'child' | 'base' | 'sink', failAt: number): Promise<number> => {
        const meter = new Meter();
        const other = new Meter();
        const model = await modelOf(
          { 'm.safetensors': child },
          'c',
          (failing === 'child' ? meter : other).open,
        );
        const base = await modelOf(
          { 'm.safetensors': parent },
          'b',
          (failing === 'base' ? meter : other).open,
        );
        meter.failAt = meter.reads + failAt;
        const first = meter.reads;
        const counting = (sink: Sink): Sink => ({
          async write(bytes) {
            if (failing === 'sink' && (meter.reads += 1) === meter.failAt) throw meter.failure;
            await sink.write(bytes);
          },
        });
        const work = createInMemory(pool, model, [base], {}, counting);
        if (failAt === Infinity) await work;
        else await expect(work, `${failing} ${failAt}`).rejects.toBe(meter.failure);
        expect(pool.memory.used, `${failing} ${failAt}`).toBe(0);
        return meter.reads - first;
      };
      for (const failing of ['child', 'base', 'sink'] as const) {
        const calls = await run(failing, Infinity);
        expect(calls).toBeGreaterThan(4);
        for (let at = 1; at <= calls; at += 1) await run(failing, at);
      }
    }
  },
);
