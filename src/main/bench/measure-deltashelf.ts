import {
  applyDelta,
  createDelta,
  findParents,
  openDelta,
  type Level,
  type ModelSink,
} from '../engine/delta/index.ts';
import type { Pool } from '../engine/pool/index.ts';
import type { RandomAccess } from '../engine/streams.ts';
import { megabytesPerSecond, storedRatio } from './figures.ts';
import type { MeasuredRow } from './run-peers.ts';
import type { WeightPair } from './weight-pair.ts';

const nowhere: ModelSink = {
  begin: () => Promise.resolve({ write: () => Promise.resolve() }),
  end: () => Promise.resolve(),
};

/**
 * Measures Deltashelf on a pair. Encode: from files to a delta file in memory, all hashes included. Decode: from
 * that, with the parent's content checked, to bytes that are compared by SHA-256. The best of `repeat` runs each.
 */
export async function measureDeltashelf(
  pool: Pool,
  pair: WeightPair,
  level: Level,
  repeat: number,
): Promise<MeasuredRow> {
  const encoding = await bestOf(repeat, () => encode(pool, pair, level));
  const decoding = await bestOf(repeat, () => decode(pool, pair, encoding.result));
  const { bytes } = pair.child;
  return {
    name: `Deltashelf ${level}`,
    storedBytes: encoding.result.length,
    ratio: storedRatio(encoding.result.length, bytes),
    encodeMBps: megabytesPerSecond(bytes, encoding.milliseconds),
    decodeMBps: megabytesPerSecond(bytes, decoding.milliseconds),
    roundTrip: decoding.result === bytes,
  };
}

async function encode(pool: Pool, pair: WeightPair, level: Level): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  await createDelta({
    pool,
    child: await pair.child.open(),
    metadata: pair.child.metadata,
    parents: [await pair.parent.open()],
    level,
    writer: 'deltashelf bench',
    sink: { write: (bytes) => Promise.resolve(void parts.push(bytes.slice())) },
  });
  return Buffer.concat(parts);
}

/** @returns bytes of the model */
async function decode(pool: Pool, pair: WeightPair, file: Uint8Array): Promise<number> {
  const delta = await openDelta(inMemory(file), { name: 'delta' });
  const parents = await findParents(delta.index, [await pair.parent.open()], 'delta');
  return applyDelta({ pool, delta, parents, sink: nowhere });
}

function inMemory(file: Uint8Array): RandomAccess {
  return {
    size: file.length,
    async read(offset, target) {
      target.set(file.subarray(offset, offset + target.length));
    },
  };
}

async function bestOf<T>(
  runs: number,
  run: () => Promise<T>,
): Promise<{ readonly milliseconds: number; readonly result: T }> {
  let milliseconds = Infinity;
  let result: T;
  let left = Math.max(1, runs);
  do {
    const start = performance.now();
    result = await run();
    milliseconds = Math.min(milliseconds, performance.now() - start);
    left -= 1;
  } while (left > 0);
  return { milliseconds, result };
}
