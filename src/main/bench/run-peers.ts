import { bestOf, formatTable, megabytesPerSecond, storedRatio } from './figures.ts';
import { childFile, withoutChild, type Peer, type PeerInput } from './peers/peer.ts';

/** What one peer made of one pair, all of it measured. */
export interface MeasuredRow {
  readonly name: string;
  readonly storedBytes: number;
  /** Stored bytes over the child's. */
  readonly ratio: number;
  /** 10^6 bytes of the child a second, one thread, the best of all runs. */
  readonly encodeMBps: number;
  readonly decodeMBps: number;
  /** Every byte of the child came back. Where it is false, the other figures are worth nothing. */
  readonly roundTrip: boolean;
}

/** A peer that cannot run here, with the reason instead of figures. */
export interface UnavailableRow {
  readonly name: string;
  readonly unavailable: string;
}

/** One line of a comparison. */
export type PeerRow = MeasuredRow | UnavailableRow;

/** How to measure. */
export interface RunOptions {
  /** Runs of which the fastest counts; default 3. The first one also warms up the compiler. */
  readonly repeat?: number;
}

/** Encodes, decodes and compares one pair with each peer, one after another on the calling thread. */
export function runPeers(
  input: PeerInput,
  peers: readonly Peer[],
  { repeat = 3 }: RunOptions = {},
): PeerRow[] {
  const original = childFile(input);
  const known = withoutChild(input);
  return peers.map((peer) => {
    const { name, unavailable } = peer;
    if (unavailable !== undefined) return { name, unavailable };
    const encoding = bestOf(repeat, () => peer.encode(input));
    const encoded = encoding.result;
    const decoding = bestOf(repeat, () => decodeOrNull(peer, encoded, known));
    return {
      name,
      storedBytes: encoded.length,
      ratio: storedRatio(encoded.length, original.length),
      encodeMBps: megabytesPerSecond(original.length, encoding.milliseconds),
      decodeMBps: megabytesPerSecond(original.length, decoding.milliseconds),
      roundTrip: decoding.result !== null && Buffer.compare(decoding.result, original) === 0,
    };
  });
}

function decodeOrNull(peer: Peer, ...args: Parameters<Peer['decode']>): Uint8Array | null {
  try {
    return peer.decode(...args);
  } catch {
    return null;
  }
}

/** The rows for people. */
export function formatPeerRows(rows: readonly PeerRow[]): string {
  const columns = [
    { title: 'method' },
    { title: 'bytes', align: 'right' },
    { title: 'ratio', align: 'right' },
    { title: 'encode MB/s', align: 'right' },
    { title: 'decode MB/s', align: 'right' },
    { title: 'exact' },
  ] as const;
  return formatTable(
    columns,
    rows.map((row) => {
      if ('unavailable' in row) return [row.name, row.unavailable];
      const speeds = [row.encodeMBps, row.decodeMBps].map((speed) => speed.toFixed(speed < 10 ? 1 : 0));
      return [
        row.name,
        String(row.storedBytes),
        row.ratio.toFixed(4),
        ...speeds,
        row.roundTrip ? 'yes' : 'NO',
      ];
    }),
  );
}
