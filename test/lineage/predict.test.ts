import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { predictStored, sameFamily, similarity, trialStored } from '../../src/main/lineage/index.ts';
import { createInMemory, kernelPool } from '../fixtures/engine-delta.ts';
import { anyFamily, anyPlan, floatBytes, onGrid, pairsOf } from '../fixtures/random-models.ts';
import { buildSafetensors } from '../fixtures/safetensors-file.ts';
import { network, sampleModel, sketched, trained, tuned, type Sketched } from './sketched-models.ts';

const pool = kernelPool();
afterAll(() => pool.close());

async function stored(child: Sketched, parent: Sketched | null): Promise<number> {
  const { file } = await createInMemory(pool, child.source, parent ? [parent.source] : []);
  return file.length;
}

function sizeOf({ source }: Sketched): number {
  return source.files.reduce((sum, { size }) => sum + size, 0);
}

/** By how much a prediction misses, in units of what is allowed: 5 % of the bytes or 0.5 % of the model. */
async function missOf(child: Sketched, parent: Sketched | null): Promise<number> {
  const real = await stored(child, parent);
  const { bytes } = predictStored(child.sketch, parent?.sketch ?? null);
  return Math.abs(bytes - real) / Math.max(0.05 * real, 0.005 * sizeOf(child));
}

const names = ['base', 'python', 'python-v2', 'bible', 'man-fp32', 'cheader-merged', 'blend', 'cheader-lora'];
const library = new Map<string, Sketched>();
for (const name of names) library.set(name, await sampleModel(`sprout-${name}`));
const model = (name: string): Sketched => {
  const found = library.get(name);
  if (!found) throw new Error(`the sample library has ${name}`);
  return found;
};

describe('predicted bytes of the sample library', () => {
  const pairs: [string, string | null][] = [
    ['python', 'base'],
    ['base', 'python'],
    ['python-v2', 'python'],
    ['bible', 'base'],
    ['bible', 'python-v2'],
    ['man-fp32', 'base'],
    ['base', 'man-fp32'],
    ['cheader-merged', 'base'],
    ['blend', 'python'],
    ['blend', 'bible'],
    ['cheader-lora', 'base'],
    ['base', null],
    ['man-fp32', null],
    ['cheader-lora', null],
  ];

  test.each(pairs)('%s against %s, within half of what is allowed', async (child, parent) => {
    expect(await missOf(model(child), parent === null ? null : model(parent))).toBeLessThan(0.5);
  });

  test('in total within 1 %', async () => {
    let [real, predicted] = [0, 0];
    for (const [child, parent] of pairs) {
      const before = parent === null ? null : model(parent);
      real += await stored(model(child), before);
      predicted += predictStored(model(child).sketch, before?.sketch ?? null).bytes;
    }
    expect(Math.abs(predicted / real - 1)).toBeLessThan(0.01);
  });

  test('are the same each time', () => {
    const [child, parent] = [model('python').sketch, model('base').sketch];
    expect(predictStored(child, parent)).toEqual(predictStored(child, parent));
  });

  test('from fewer elements are near, and less sure', () => {
    const [child, parent] = [model('python').sketch, model('base').sketch];
    const all = predictStored(child, parent);
    const few = predictStored(child, parent, 10_000);
    expect(Math.abs(few.bytes / all.bytes - 1)).toBeLessThan(0.03);
    expect(few.confidence).toBeLessThan(all.confidence);
  });
});

describe('predicted bytes of made models', () => {
  const values = trained(1);

  test.each([
    ['values cut to a narrower type, as rounding does not', 'BF16', 'F32', 0],
    ['values before they were cut', 'F32', 'BF16', 0],
    ['small steps in bfloat16', 'BF16', 'BF16', 0.0002],
    ['small steps in float16', 'F16', 'F16', 0.0002],
    ['small steps in float32', 'F32', 'F32', 0.0002],
    ['a float32 child of a bfloat16 parent', 'F32', 'BF16', 0.002],
    ['a child as far away as a stranger', 'BF16', 'BF16', 0.1],
  ] as const)('%s', async (_, type, parentType, step) => {
    const parent = await sketched(network(values, parentType));
    const child = await sketched(network(step === 0 ? values : tuned(values, step, 2), type));
    expect(await missOf(child, parent)).toBeLessThan(1);
  });

  test('a cast, of which nothing is left', async () => {
    const narrow = values.map((each) => each.map((value) => onGrid('BF16', value)));
    const [small, large] = [await sketched(network(narrow, 'BF16')), await sketched(network(narrow, 'F32'))];
    for (const pair of [
      [small, large],
      [large, small],
    ] as const) {
      expect(predictStored(pair[0].sketch, pair[1].sketch).bytes).toBeLessThan(2048);
      expect(await missOf(...pair)).toBeLessThan(1);
    }
  });

  test('a parent that was scaled', async () => {
    const parent = await sketched(network(values, 'F32'));
    const scaled = tuned(values, 0.0001, 3).map((each) => each.map((value) => value * 0.93));
    const child = await sketched(network(scaled, 'F32'));
    expect(await missOf(child, parent)).toBeLessThan(1);
  });

  test('tensors under other names, equal and changed', async () => {
    const parent = await sketched(network(values, 'BF16', 'old.'));
    const same = await sketched(network(values, 'BF16', 'new.'));
    expect(predictStored(same.sketch, parent.sketch).bytes).toBeLessThan(4096);
    expect(await missOf(same, parent)).toBeLessThan(1);
    expect(
      await missOf(await sketched(network(tuned(values, 0.0005, 4), 'BF16', 'new.')), parent),
    ).toBeLessThan(1);
  });

  test('are a number for any family of models, and at most little more than the model', async () => {
    await fc.assert(
      fc.asyncProperty(anyFamily, async (family) => {
        const child = await sketched(family.child);
        for (const files of [null, ...family.parents]) {
          const parent = files && (await sketched(files));
          const { bytes, confidence } = predictStored(child.sketch, parent && parent.sketch);
          expect(Number.isSafeInteger(bytes)).toBe(true);
          expect(bytes).toBeGreaterThan(0);
          expect(bytes).toBeLessThan(sizeOf(child) * 1.1 + 4096);
          expect(confidence).toBeGreaterThanOrEqual(0);
          expect(confidence).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('are roughly right for any types, contents and changes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyPlan, { minLength: 1, maxLength: 4 }), async (plans) => {
        const { child, parent } = pairsOf(plans);
        const after = await sketched({ 'model.safetensors': buildSafetensors(child) });
        const before = await sketched({ 'model.safetensors': buildSafetensors(parent) });
        const real = await stored(after, before);
        const { bytes } = predictStored(after.sketch, before.sketch);
        expect(Math.abs(bytes - real)).toBeLessThan(0.4 * Math.max(real, sizeOf(after)) + 2048);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a trial with the encoder', () => {
  test('gives the very bytes of a small model', async () => {
    const [child, base] = [model('cheader-merged'), model('base')];
    const parent = { source: base.source, sketch: base.sketch };
    const request = { pool, child: child.source, childSketch: child.sketch, parent, budget: 2 << 20 };
    const { bytes, confidence } = await trialStored(request);
    // Names of level, program and times of files may be a few bytes longer or shorter.
    expect(Math.abs(bytes - (await stored(child, base)))).toBeLessThan(200);
    expect(confidence).toBe(1);
  });

  test('of a part is near, with and without a parent', async () => {
    const [child, base] = [model('bible'), model('base')];
    for (const parent of [base, null]) {
      const request = { pool, child: child.source, childSketch: child.sketch, parent, budget: 600_000 };
      const { bytes, confidence } = await trialStored(request);
      expect(Math.abs(bytes / (await stored(child, parent)) - 1)).toBeLessThan(0.02);
      expect(confidence).toBeLessThan(1);
    }
  });

  test('ends when it is cancelled, and frees its memory', async () => {
    const child = model('bible');
    const request = { pool, child: child.source, childSketch: child.sketch, parent: null, budget: 600_000 };
    await expect(trialStored(request, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    expect(pool.memory.used).toBe(0);
  });
});

describe('similarity', () => {
  test('tells distances, equal values and what compares', () => {
    const { norm, equal, alike, compared } = similarity(model('cheader-merged').sketch, model('base').sketch);
    expect(norm).toBeCloseTo(0.115, 2);
    expect(equal).toBeCloseTo(0.776, 1);
    expect([alike, compared]).toEqual([1, 1]);
  });

  test('all full models of the sample library are one family; the adapter alone is not', () => {
    const full = names.filter((name) => name !== 'cheader-lora');
    for (const a of full) {
      for (const b of full) expect(sameFamily(similarity(model(a).sketch, model(b).sketch))).toBe(true);
      expect(sameFamily(similarity(model('cheader-lora').sketch, model(a).sketch))).toBe(false);
    }
  });

  test('strangers of the same shapes stay apart, also where they share a buffer', async () => {
    const [mine, other] = [trained(1), trained(2)];
    const a = await sketched(network(mine, 'BF16'));
    const b = await sketched(network(other, 'BF16'));
    expect(sameFamily(similarity(a.sketch, b.sketch))).toBe(false);
    const shared = await sketched(
      network(
        other.map((each, index) => (index === 1 ? (mine[1] ?? each) : each)),
        'BF16',
      ),
    );
    expect(sameFamily(similarity(a.sketch, shared.sketch))).toBe(false);
    expect(sameFamily(similarity(b.sketch, shared.sketch))).toBe(true);
  });

  test('a vocabulary that grew is still compared', async () => {
    const rows = (count: number): Float32Array =>
      (trained(1)[0] ?? new Float32Array()).subarray(0, count * 96);
    const embedding = (count: number): Promise<Sketched> =>
      sketched({
        'model.safetensors': buildSafetensors([
          { name: 'embed', dtype: 'F32', shape: [count, 96], data: floatBytes('F32', rows(count)) },
        ]),
      });
    const grown = similarity((await embedding(200)).sketch, (await embedding(190)).sketch);
    expect(grown).toMatchObject({ norm: 0, equal: 1, alike: 1, compared: 1 });
    expect(sameFamily(grown)).toBe(true);
  });
});
