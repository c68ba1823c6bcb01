import type { ByteReader, ByteWriter } from './bytes.ts';
import { deltaPeer } from './delta-peer.ts';
import { aligned, isFloat, laneOf } from './lanes.ts';
import type { Peer } from './peer.ts';
import { plainLoops, planesIn, type PlaneLoops } from './planes.ts';
import { unzstdFrame, zstdFrame } from './zstd.ts';

const frameBytes = 2_097_152;

/**
 * XOR with the parent, bytes of equal place side by side, zstd over each plane in frames of 2 MiB.
 *
 * Sources: BitX of ZipLLM (Wang and others, NSDI 2026, arXiv 2505.06252): XOR, two planes, zstd-3; TensorX of
 * TensorDex (SOSP 2026, arXiv 2604.17104): XOR, byte planes, zstd-1 in frames of 2 MiB. Both code planes of 16-bit
 * words; here a word is an element, which is better for F32.
 */
export function xorPlanes(level: number, loops: PlaneLoops = plainLoops): Peer {
  // Kept between tensors, so that a run does not measure the collector of garbage.
  let memory = new ArrayBuffer(0);
  const planesFor = (count: number, elements: number): Uint8Array[] => {
    if (memory.byteLength < count * (elements + 3)) memory = new ArrayBuffer(count * (elements + 3));
    return planesIn(memory, count, elements);
  };
  return deltaPeer(`XOR + planes + zstd -${String(level)}`, {
    takes: ({ dtype }) => isFloat(dtype),
    encode(out, child, parent, { dtype }) {
      const { bytes } = laneOf(dtype, child.length);
      const planes = planesFor(bytes, child.length / bytes);
      loops.split(child, parent, planes);
      for (const plane of planes) writeFrames(out, plane, level);
    },
    decode(reader, child, parent, { dtype }) {
      const { bytes } = laneOf(dtype, child.length);
      const planes = planesFor(bytes, child.length / bytes).map((plane) => readFrames(reader, plane));
      loops.merge(planes, parent, child);
    },
  });
}

function writeFrames(out: ByteWriter, plane: Uint8Array, level: number): void {
  for (let start = 0; start < plane.length; start += frameBytes) {
    const frame = zstdFrame(plane.subarray(start, start + frameBytes), level);
    out.varint(frame.length);
    out.append(frame);
  }
}

// Most planes are one frame: then what zstd returns is the plane, and `plane` stays unused.
function readFrames(reader: ByteReader, plane: Uint8Array): Uint8Array {
  for (let start = 0; start < plane.length; start += frameBytes) {
    const part = plane.subarray(start, start + frameBytes);
    const bytes = unzstdFrame(reader.take(reader.varint()), part.length);
    if (bytes.length !== part.length) throw new RangeError('A frame holds another number of bytes');
    if (part.length === plane.length) return aligned(bytes, 4);
    part.set(bytes);
  }
  return plane;
}
