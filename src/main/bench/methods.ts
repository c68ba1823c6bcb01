import { levels, type Level } from '../engine/delta/index.ts';
import { createPool, type PoolOptions } from '../engine/pool/index.ts';
import { kernelLoops } from './kernel-loops.ts';
import { measureDeltashelf } from './measure-deltashelf.ts';
import { fmpp } from './peers/fmpp.ts';
import type { Peer } from './peers/peer.ts';
import { xorPlanes } from './peers/xor-planes.ts';
import { zipnn } from './peers/zipnn.ts';
import { zstdPrefix, zstdWhole } from './peers/zstd.ts';
import { runPeers, type PeerRow } from './run-peers.ts';
import type { WeightPair } from './weight-pair.ts';

/** How methods are measured. */
export interface MeasureOptions extends Omit<PoolOptions, 'memory'> {
  /** Runs of which the fastest counts. */
  readonly repeat: number;
}

const levelNames = new Map(levels.map((level) => [`Deltashelf ${level}`, level]));

/** The method whose speed the others are compared with: what TensorX does, at its stronger level. */
export const yardstick = 'XOR + planes + zstd -3';

/** All methods in the order of the tables: peers, then Deltashelf at each level. */
export const methodNames: readonly string[] = [
  ...[zstdWhole, zstdPrefix, xorPlanes(1), xorPlanes(3), zipnn, fmpp].map(({ name }) => name),
  ...levelNames.keys(),
];

/**
 * Measures one method on one pair. Peers run on the calling thread alone, whatever `threads` says.
 * @param method one of `methodNames`
 */
export async function measureMethod(
  method: string,
  pair: WeightPair,
  options: MeasureOptions,
): Promise<PeerRow> {
  const level = levelNames.get(method);
  if (level !== undefined) return measureLevel(level, pair, options);
  const loops = kernelLoops(options.module);
  const peers: Peer[] = [zstdWhole, zstdPrefix, xorPlanes(1, loops), xorPlanes(3, loops), zipnn, fmpp];
  const peer = peers.find(({ name }) => name === method);
  const [row] = peer ? runPeers(await pair.peerInput(), [peer], options) : [];
  if (!row) throw new Error(`There is no method ${method}.`);
  return row;
}

async function measureLevel(level: Level, pair: WeightPair, options: MeasureOptions): Promise<PeerRow> {
  const pool = createPool(options);
  try {
    return await measureDeltashelf(pool, pair, level, options.repeat);
  } finally {
    await pool.close();
  }
}
