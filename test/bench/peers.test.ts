import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fmpp,
  runPeers,
  xorPlanes,
  zipnn,
  zstdPrefix,
  zstdWhole,
  type Peer,
  type PeerInput,
} from '../../src/main/bench/index.ts';
import { childFile, withoutChild } from '../../src/main/bench/peers/peer.ts';
import { anyPair, fineTune, numbers, shifted, weights } from './pairs.ts';

const peers = [zstdWhole, zstdPrefix, xorPlanes(1), xorPlanes(3), zipnn, fmpp];
const header = new TextEncoder().encode('{"header": true}');

/** Stored bytes, after a look at what comes back. */
function stored(peer: Peer, input: PeerInput): number {
  const encoded = peer.encode(input);
  expect(Buffer.compare(peer.decode(encoded, withoutChild(input)), childFile(input))).toBe(0);
  return encoded.length;
}

test('this Node can give zstd a dictionary', () => {
  expect(zstdPrefix.unavailable).toBeUndefined();
});

describe.each(peers)('$name', (peer) => {
  test('gives every byte back: any type, any bits, any length, with and without a parent', () => {
    fc.assert(
      fc.property(anyPair, (input) => {
        stored(peer, input);
      }),
    );
  });

  test('gives back a file without tensors, and one without a byte', () => {
    stored(peer, { header, tensors: [] });
    stored(peer, { header: new Uint8Array(0), tensors: [] });
    const child = new Uint8Array(0);
    stored(peer, { header, tensors: [{ name: 'a', dtype: 'F32', shape: [0], child, parent: child }] });
  });

  test.each([
    ['BF16', 262_144 + 3],
    ['F32', 140_001],
  ] as const)('gives back %s tensors of several chunks, at odd addresses', (dtype, count) => {
    const tensor = fineTune(dtype, count);
    const parent = tensor.parent === null ? null : shifted(tensor.parent, 3);
    stored(peer, { header, tensors: [tensor, { ...tensor, child: shifted(tensor.child, 1), parent }] });
    stored(peer, { header, tensors: [{ ...tensor, parent: null }] });
  });

  test('gives back the largest differences that there are', () => {
    const extremes = Uint32Array.of(
      0x7fff_ffff,
      0xffff_ffff,
      0,
      0x8000_0000,
      0x7f80_0000,
      0xff80_0000,
      1,
      0x8000_0001,
    );
    const child = new Uint8Array(Uint32Array.from({ length: 64 }, (_, i) => extremes[i % 8] ?? 0).buffer);
    const parent = new Uint8Array(Uint32Array.from({ length: 64 }, (_, i) => extremes[i >> 3] ?? 0).buffer);
    for (const dtype of ['F32', 'BF16', 'F16', 'F64'] as const) {
      stored(peer, { header, tensors: [{ name: 'a', dtype, shape: [], child, parent }] });
    }
  });
});

describe('peers are as strong as what they stand for', () => {
  const bf16: PeerInput = { header, tensors: [fineTune('BF16', 200_000)] };
  const f32: PeerInput = { header, tensors: [fineTune('F32', 200_000)] };
  const ratio = (peer: Peer, input: PeerInput) => stored(peer, input) / childFile(input).length;

  test('ZipNN stores normal BF16 weights in two thirds, F32 in five sixths', () => {
    expect(ratio(zipnn, bf16)).toBeLessThan(0.67);
    expect(ratio(zipnn, f32)).toBeLessThan(0.835);
  });

  test('XOR and planes gain on the child alone, and FM++ on both', () => {
    for (const input of [bf16, f32]) {
      for (const xor of [xorPlanes(1), xorPlanes(3)]) {
        expect(ratio(xor, input)).toBeLessThan(ratio(zipnn, input));
        expect(ratio(fmpp, input)).toBeLessThan(ratio(xor, input));
      }
    }
  });

  test('FM++ stays within one percent of the information in sign and bit length', () => {
    const { child, parent } = fineTune('BF16', 200_000);
    const counts = new Map<number, number>();
    let raw = 0;
    const ordered = (bytes: Uint8Array) => {
      return new Int16Array(bytes.slice().buffer).map((bits) => (bits < 0 ? -1 - (bits & 0x7fff) : bits));
    };
    const from = ordered(parent ?? child);
    for (const [index, to] of ordered(child).entries()) {
      const difference = to - (from[index] ?? 0);
      const length = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
      const symbol = Math.sign(difference) * length;
      counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
      raw += Math.max(0, length - 1);
    }
    const modelled = [...counts.values()].reduce((sum, count) => sum + count * Math.log2(200_000 / count), 0);
    const ideal = (modelled + raw) / 8;
    expect(stored(fmpp, bf16)).toBeGreaterThan(ideal);
    expect(stored(fmpp, bf16)).toBeLessThan(ideal * 1.01);
  });

  test('zstd finds a parent that is longer than the window of its level', () => {
    const next = numbers(5);
    const parent = Uint8Array.from({ length: 3_000_000 }, () => next() * 256);
    const child = parent.slice();
    child.fill(0, 1000, 1100);
    const input: PeerInput = {
      header,
      tensors: [{ name: 'a', dtype: 'U8', shape: [3_000_000], child, parent }],
    };
    expect(stored(zstdPrefix, input)).toBeLessThan(6000);
    expect(stored(zstdWhole, input)).toBeGreaterThan(2_990_000);
  });
});

describe.each([xorPlanes(3), fmpp])('$name as a system', (peer) => {
  const child = new Uint8Array(weights(5000, 1, 3).buffer);
  const input: PeerInput = {
    header,
    tensors: [{ name: 'a', dtype: 'F32', shape: [5000], child, parent: child.slice() }],
  };

  test('stores a tensor that equals its parent in 16 bytes', () => {
    expect(stored(peer, input) - stored(peer, { header, tensors: [] })).toBe(16 + 1);
  });

  test('refuses another parent for such a tensor', () => {
    const encoded = peer.encode(input);
    const { tensors } = withoutChild(input);
    const other = tensors.map((tensor) => ({ ...tensor, parent: child.map((byte) => byte ^ 1) }));
    expect(() => peer.decode(encoded, { tensors: other })).toThrow('The parent is another one');
  });

  test('codes integers and orphans as ZipNN does', () => {
    const tensors = [
      { name: 'a', dtype: 'I32', shape: [5000], child, parent: child.toReversed() },
      { name: 'b', dtype: 'F32', shape: [5000], child, parent: null },
    ] as const;
    expect(stored(peer, { header, tensors })).toBe(stored(zipnn, { header, tensors }) + 1);
  });
});

describe('a comparison', () => {
  const input: PeerInput = { header, tensors: [fineTune('BF16', 3000)] };

  test('has a row of measured figures for each peer', () => {
    const rows = runPeers(input, peers, { repeat: 2 });
    expect(rows.map(({ name }) => name)).toEqual(peers.map(({ name }) => name));
    for (const [index, row] of rows.entries()) {
      const storedBytes = peers[index]?.encode(input).length ?? 0;
      expect(row).toMatchObject({ storedBytes, ratio: storedBytes / 6016, roundTrip: true });
      if ('encodeMBps' in row) expect(Math.min(row.encodeMBps, row.decodeMBps)).toBeGreaterThan(0);
    }
  });

  test('says so where bytes do not come back, and goes on', () => {
    const broken: Peer = {
      name: 'broken',
      encode: () => new Uint8Array(1),
      decode: () => {
        throw new RangeError('no');
      },
    };
    const wrong: Peer = {
      name: 'wrong',
      encode: () => new Uint8Array(1),
      decode: () => new Uint8Array(6016),
    };
    const rows = runPeers(input, [broken, wrong, zipnn], { repeat: 1 });
    expect(rows.map((row) => 'roundTrip' in row && row.roundTrip)).toEqual([false, false, true]);
  });

  test('gives the reason instead of figures for a peer that cannot run', () => {
    const absent: Peer = { ...zstdPrefix, unavailable: 'not available in this Node' };
    expect(runPeers(input, [absent])).toEqual([
      { name: absent.name, unavailable: 'not available in this Node' },
    ]);
  });

  test('does not copy a file that lies in memory as it was read', () => {
    const file = new Uint8Array(40);
    const tensor = { name: 'a', dtype: 'U8', shape: [30], child: file.subarray(10), parent: null } as const;
    const view = childFile({ header: file.subarray(0, 10), tensors: [tensor] });
    expect([view.buffer === file.buffer, view.byteOffset, view.length]).toEqual([true, 0, 40]);
  });
});
