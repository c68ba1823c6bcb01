import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { applyDelta, DeltaSource, findParents, openDelta } from '../../../src/main/engine/delta/index.ts';
import type { Pool, SharedMemory } from '../../../src/main/engine/pool/index.ts';
import type { Control, RandomAccess, Sink } from '../../../src/main/engine/streams.ts';
import { ModelSource, type Source } from '../../../src/main/engine/sources/index.ts';
import { utf8 } from '../../fixtures/bytes.ts';
import {
  applyInMemory,
  createInMemory,
  deltaOf,
  kernelPool,
  modelOf,
  type ModelFiles,
} from '../../fixtures/engine-delta.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';
import { pairsOf, type TensorPlan } from '../../fixtures/random-models.ts';
import { buildSafetensors } from '../../fixtures/safetensors-file.ts';

// Whatever fails or is cancelled, wherever: the failure is told as it was, and all shared memory is given back.

const pools = [kernelPool(1), kernelPool(2)];
afterAll(() => Promise.all(pools.map((pool) => pool.close())));

/** A model with a tensor for every way through the encoder; bundled and not, renamed, equal under another name. */
const plans: readonly TensorPlan[] = (
  [
    ['I64', [200], 'weights', 'steps', 'F32'],
    ['BF16', [40, 60], 'weights', 'light', 'BF16'],
    ['F32', [40, 60], 'narrow', 'light', 'F32'],
    ['F32', [40, 60], 'weights', 'scaled', 'F32'],
    ['I32', [3000], 'tiny', 'few', 'F32'],
    ['BF16', [64, 64], 'weights', 'few', 'BF16'],
    ['BF16', [40, 40], 'weights', 'stranger', 'BF16'],
    ['F16', [30, 50], 'bits', 'stranger', 'F16'],
    ['BF16', [30, 50], 'weights', 'renamed', 'BF16'],
    ['F32', [40, 50], 'weights', 'renamed', 'BF16'],
    ['U8', [900], 'bits', 'new', 'F32'],
    ['F16', [20], 'weights', 'none', 'F32'],
    ['BF16', [120, 137], 'weights', 'light', 'F32'],
    ['BF16', [20, 64], 'weights', 'none', 'BF16'],
  ] as const
).map(([dtype, shape, content, change, parentType], seed) => ({
  dtype,
  shape,
  content,
  change,
  parentType,
  seed,
}));
const { child, parent } = pairsOf(plans);
const base: ModelFiles = {
  'model.safetensors': buildSafetensors(parent),
  'a.json': utf8('{"generation": 0}'),
};
const tuned: ModelFiles = {
  'model.safetensors': buildSafetensors(child),
  'a.json': utf8('{"generation": 10}'),
};

/** Counts calls; at the one told it fails or does what it shall. */
class Fuse {
  calls = 0;
  readonly failure = new Error('failed as told');
  readonly #at: number;
  readonly #blow: () => void;

  constructor(at = Infinity, blow?: () => void) {
    this.#at = at;
    this.#blow =
      blow ??
      (() => {
        throw this.failure;
      });
  }

  /** @throws at the call told, unless something else is to happen then */
  call(): void {
    this.calls += 1;
    if (this.calls === this.#at) this.#blow();
  }
}

const reading =
  (fuse: Fuse) =>
  (bytes: Uint8Array): RandomAccess => {
    const file = new MemoryFile(bytes);
    return {
      size: file.size,
      async read(offset, target) {
        fuse.call();
        await file.read(offset, target);
      },
    };
  };

const writing =
  (fuse: Fuse) =>
  (sink: Sink): Sink => ({
    async write(bytes) {
      fuse.call();
      await sink.write(bytes);
    },
  });

/** A pool of which calls fail, or whose memory ends. */
function failing(pool: Pool, kernels: Fuse, allocations: Fuse): Pool {
  const memory: SharedMemory = {
    get used() {
      return pool.memory.used;
    },
    allocate(bytes) {
      allocations.call();
      return pool.memory.allocate(bytes);
    },
  };
  return {
    threads: pool.threads,
    memory,
    async run(calls) {
      kernels.call();
      return pool.run(calls);
    },
    close: () => pool.close(),
  };
}

interface Fuses {
  readonly child?: Fuse;
  readonly parent?: Fuse;
  readonly sink?: Fuse;
  readonly kernels?: Fuse;
  readonly allocations?: Fuse;
}

/** Opens child and base first: only what comes after counts. */
async function create(pool: Pool, fuses: Fuses, control: Control = {}): Promise<Uint8Array> {
  const none = new Fuse();
  const armed: { child?: Fuse; parent?: Fuse } = {};
  const lazily =
    (which: 'child' | 'parent') =>
    (bytes: Uint8Array): RandomAccess => {
      const file = new MemoryFile(bytes);
      return {
        size: file.size,
        read: (offset, target) => reading(armed[which] ?? none)(bytes).read(offset, target),
      };
    };
  const model = await modelOf(tuned, 'child', lazily('child'));
  const bases = [await modelOf(base, 'base', lazily('parent'))];
  Object.assign(armed, fuses);
  const { sink = none, kernels = none, allocations = none } = fuses;
  const { file } = await createInMemory(
    failing(pool, kernels, allocations),
    model,
    bases,
    control,
    writing(sink),
  );
  return file;
}

/** Applies the delta; the base is opened first. */
async function apply(pool: Pool, file: Uint8Array, fuses: Fuses, control: Control = {}): Promise<ModelFiles> {
  const none = new Fuse();
  let armed = none;
  const open = (bytes: Uint8Array): RandomAccess => ({
    size: bytes.length,
    read: (offset, target) => reading(armed)(bytes).read(offset, target),
  });
  const bases = [await modelOf(base, 'base', open)];
  armed = fuses.parent ?? none;
  const { sink = none, kernels = none, allocations = none } = fuses;
  return applyInMemory(
    failing(pool, kernels, allocations),
    await deltaOf(file),
    bases,
    control,
    writing(sink),
  );
}

type Work = (pool: Pool, fuses: Fuses, control: Control) => Promise<unknown>;

const kinds = ['child', 'parent', 'sink', 'kernels', 'allocations'] as const;
const file = await create(pools[0] ?? kernelPool(), {});

/** Every call for the calling thread; some, others each time, for workers. */
function* places(calls: number, threads: number): Generator<number> {
  for (let at = threads; at <= calls; at += threads === 1 ? 1 : 5) yield at;
}

test.for(pools)('creating: each read, write, kernel and allocation fails once', async (pool) => {
  for (const kind of kinds) {
    const counted = new Fuse();
    expect(await create(pool, { [kind]: counted })).toEqual(file);
    expect(counted.calls).toBeGreaterThan(10);
    for (const at of places(counted.calls, pool.threads)) {
      const fuse = new Fuse(at);
      await expect(create(pool, { [kind]: fuse }), `${kind} ${at}`).rejects.toBe(fuse.failure);
      expect(pool.memory.used, `${kind} ${at} of ${counted.calls}`).toBe(0);
    }
  }
  expect(await create(pool, {})).toEqual(file);
});

test.for(pools)('applying: each read, write, kernel and allocation fails once', async (pool) => {
  for (const kind of ['parent', 'sink', 'kernels', 'allocations'] as const) {
    const counted = new Fuse();
    expect(await apply(pool, file, { [kind]: counted })).toEqual(tuned);
    expect(counted.calls).toBeGreaterThan(8);
    for (const at of places(counted.calls, pool.threads)) {
      const fuse = new Fuse(at);
      await expect(apply(pool, file, { [kind]: fuse }), `${kind} ${at}`).rejects.toBe(fuse.failure);
      expect(pool.memory.used, `${kind} ${at} of ${counted.calls}`).toBe(0);
    }
  }
  expect(await apply(pool, file, {})).toEqual(tuned);
});

test.for(pools)(
  'creating and applying end with the reason of their cancel, whenever it comes',
  async (pool) => {
    const reason = new Error('enough');
    const cancelled = async (kind: keyof Fuses, at: number, work: Work): Promise<boolean> => {
      const cancel = new AbortController();
      const fuse = new Fuse(at, () => {
        cancel.abort(reason);
      });
      const outcome = await work(pool, { [kind]: fuse }, { signal: cancel.signal }).then(
        () => 'done',
        (error: unknown) => error,
      );
      expect([reason, 'done']).toContain(outcome);
      expect(pool.memory.used, `${kind} ${at}`).toBe(0);
      return outcome === reason;
    };
    const applied: Work = (on, fuses, control) => apply(on, file, fuses, control);
    for (const [work, kind] of [
      [create, 'child'],
      [create, 'kernels'],
      [create, 'sink'],
      [applied, 'parent'],
      [applied, 'kernels'],
      [applied, 'sink'],
    ] as const) {
      const counted = new Fuse();
      await work(pool, { [kind]: counted }, {});
      let ended = 0;
      for (let at = 1; at <= counted.calls; at += 4) if (await cancelled(kind, at, work)) ended += 1;
      // While the last batch or the last file is written it comes too late.
      expect(ended).toBeGreaterThan(0);
      await expect(work(pool, {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    }
  },
);

test('a cancel from what hears of the progress ends the work', async () => {
  const [pool] = pools;
  if (!pool) throw new Error('there are two pools');
  const reason = new Error('enough');
  for (const after of [0, 0.1]) {
    for (const work of [
      create,
      (on: Pool, fuses: Fuses, control: Control) => apply(on, file, fuses, control),
    ]) {
      const cancel = new AbortController();
      const control: Control = {
        signal: cancel.signal,
        onProgress: ({ doneBytes, totalBytes }) => {
          if (doneBytes >= after * totalBytes) cancel.abort(reason);
        },
      };
      await expect(work(pool, {}, control)).rejects.toBe(reason);
      expect(pool.memory.used).toBe(0);
    }
  }
});

test('a parent whose digests fail while equal bytes are looked for keeps nothing', async () => {
  for (const pool of pools) {
    const real = await modelOf(base, 'base');
    const failure = new Error('unplugged');
    const { kind, name, files, segments } = real;
    const shaky: Source = {
      ...{ kind, name, files, segments },
      read: (segment, offset, target) => real.read(segment, offset, target),
      digest: () => Promise.reject(failure),
      sha256: (each) => real.sha256(each),
    };
    await expect(createInMemory(pool, await modelOf(tuned), [shaky])).rejects.toBe(failure);
    expect(pool.memory.used).toBe(0);
  }
});

test('a source that was read before a cancel can be used again', async () => {
  const [pool] = pools;
  if (!pool) throw new Error('there are two pools');
  const [model, parents] = [await modelOf(tuned, 'child'), [await modelOf(base, 'base')]];
  const cancel = new AbortController();
  const control = {
    signal: cancel.signal,
    onProgress: () => {
      cancel.abort();
    },
  };
  await expect(createInMemory(pool, model, parents, control)).rejects.toThrow();
  expect((await createInMemory(pool, model, parents)).file).toEqual(file);
  const delta = await deltaOf(file);
  const source = new DeltaSource(pool, delta, await findParents(delta.index, parents, 'model.dshelf'));
  expect(
    await applyInMemory(pool, await deltaOf((await createInMemory(pool, model, [source])).file), [source]),
  ).toEqual(tuned);
  await source.close();
  expect(pool.memory.used).toBe(0);
});

test('a failure is told at once, not when all files have been read', async () => {
  const pair = pairsOf([{ ...(plans[1] as TensorPlan) }]);
  const near = (tensors: typeof pair.child): ModelFiles => ({ 'a.safetensors': buildSafetensors(tensors) });
  for (const pool of pools) {
    const fuse = new Fuse(1);
    const large = new MemoryFile(new Uint8Array(), 128 << 20);
    const slow: RandomAccess = {
      size: large.size,
      async read(offset, target) {
        await setTimeout(1);
        await large.read(offset, target);
      },
    };
    const other = await ModelSource.open('other', [{ path: 'large.bin', bytes: slow }]);
    const bases = [await modelOf(near(pair.parent)), other];
    const created = createInMemory(pool, await modelOf(near(pair.child)), bases, {}, writing(fuse));
    await expect(created).rejects.toBe(fuse.failure);
    expect(large.bytesRead).toBeLessThan(large.size / 2);
    expect(pool.memory.used).toBe(0);
  }
});

test('files that cannot be begun or ended, and a delta that cannot be read, fail as told', async () => {
  const [pool] = pools;
  if (!pool) throw new Error('there are two pools');
  const sources = [await modelOf(base, 'base')];
  const sound = await deltaOf(file);
  const parents = await findParents(sound.index, sources, 'model.dshelf');
  const attempt = async (reads: Fuse, begins: Fuse, ends: Fuse): Promise<void> => {
    let armed = new Fuse();
    const bytes: RandomAccess = {
      size: file.length,
      read: (offset, target) => reading(armed)(file).read(offset, target),
    };
    const delta = await openDelta(bytes, { name: 'model.dshelf' });
    armed = reads;
    const sink = {
      async begin() {
        begins.call();
        return { write: async () => undefined };
      },
      async end() {
        ends.call();
      },
    };
    await applyDelta({ pool, delta, parents, sink });
  };
  const counted = [new Fuse(), new Fuse(), new Fuse()] as const;
  await attempt(...counted);
  expect(counted.map(({ calls }) => calls > 1)).toEqual([true, true, true]);
  for (const [which, { calls }] of counted.entries()) {
    for (let at = 1; at <= calls; at += 1) {
      const fuses = counted.map((_, index) => new Fuse(index === which ? at : Infinity)) as [
        Fuse,
        Fuse,
        Fuse,
      ];
      await expect(attempt(...fuses)).rejects.toBe(fuses[which]?.failure);
      expect(pool.memory.used).toBe(0);
    }
  }
});

test('several pieces of work share a pool', async () => {
  for (const pool of pools) {
    const works = Array.from({ length: 4 }, (_, number) => [
      create(pool, {}).then((bytes) => {
        expect(bytes).toEqual(file);
      }),
      apply(pool, file, {}).then((files) => {
        expect(files).toEqual(tuned);
      }),
      expect(create(pool, { child: new Fuse(3 + number) })).rejects.toThrow('failed as told'),
    ]);
    await Promise.all(works.flat());
    expect(pool.memory.used).toBe(0);
  }
});
