import { createHash } from 'node:crypto';
import { ByteReader, ByteWriter } from './bytes.ts';
import { laneOf } from './lanes.ts';
import type { KnownTensor, Peer } from './peer.ts';
import { openFile, readZipnn, writeHeader, writeZipnn } from './zipnn.ts';

/** How one tensor is stored as its difference from the parent's. */
export interface DeltaCodec {
  /** Whether it is made for this tensor. It is asked only about tensors with a parent and at least one byte. */
  takes(tensor: KnownTensor): boolean;
  /** Writes so that `decode` knows by itself where the tensor ends. */
  encode(out: ByteWriter, child: Uint8Array, parent: Uint8Array, tensor: KnownTensor): void;
  /** Fills `child`, which starts zeroed. */
  decode(reader: ByteReader, child: Uint8Array, parent: Uint8Array, tensor: KnownTensor): void;
}

/**
 * A peer that stores tensors against their parents. As in the systems that these peers stand for (ZipLLM,
 * TensorDex), a tensor that equals its parent is named by 16 bytes of its hash, and one that the codec does not
 * take, or that has no parent, is coded alone as ZipNN does.
 */
export function deltaPeer(name: string, codec: DeltaCodec): Peer {
  return {
    name,
    encode({ header, tensors }) {
      const known = tensors.map((tensor) => ({ ...tensor, byteLength: tensor.child.length }));
      const same = known.map(
        ({ child, parent }) => child.length > 0 && parent !== null && equal(child, parent),
      );
      const total = known.reduce((sum, { byteLength }) => sum + byteLength, 0);
      const out = new ByteWriter((total >>> 1) + 4096);
      writeHeader(out, header);
      writeFlags(out, same);
      for (const [index, tensor] of known.entries()) {
        const { child, parent } = tensor;
        if (same[index] === true) out.append(fingerprint(child));
        else if (parent !== null && child.length > 0 && codec.takes(tensor)) {
          codec.encode(out, child, parent, tensor);
        } else writeZipnn(out, child, laneOf(tensor.dtype, child.length));
      }
      return out.finish();
    },
    decode(encoded, { tensors }) {
      const reader = new ByteReader(encoded);
      const { file, bodies } = openFile(reader, tensors);
      const same = readFlags(reader, tensors.length);
      for (const [index, tensor] of tensors.entries()) {
        const child = bodies[index] ?? new Uint8Array(0);
        const { parent } = tensor;
        if (same[index] === true) copyNamed(reader.take(16), child, parent);
        else if (parent !== null && child.length > 0 && codec.takes(tensor)) {
          codec.decode(reader, child, parent, tensor);
        } else readZipnn(reader, child, laneOf(tensor.dtype, child.length));
      }
      return file;
    },
  };
}

function copyNamed(name: Uint8Array, child: Uint8Array, parent: Uint8Array | null): void {
  if (parent === null || !equal(fingerprint(parent), name)) throw new RangeError('The parent is another one');
  child.set(parent);
}

function fingerprint(bytes: Uint8Array): Uint8Array {
  return createHash('md5').update(bytes).digest();
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function writeFlags(out: ByteWriter, flags: readonly boolean[]): void {
  for (let start = 0; start < flags.length; start += 8) {
    out.byte(flags.slice(start, start + 8).reduce((byte, flag, bit) => byte | (Number(flag) << bit), 0));
  }
}

function readFlags(reader: ByteReader, count: number): boolean[] {
  const bytes = reader.take(Math.ceil(count / 8));
  return Array.from({ length: count }, (_, index) => (((bytes[index >>> 3] ?? 0) >>> (index & 7)) & 1) === 1);
}
