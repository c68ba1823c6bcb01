import { deflateSync, inflateSync } from 'node:zlib';
import { ByteReader, ByteWriter } from './bytes.ts';
import { codedBytes, codeLengths, readCodes, writeCodes } from './huffman.ts';
import { aligned, fullWords, halfWords, laneOf, type Lane } from './lanes.ts';
import { childFile, type KnownTensor, type Peer } from './peer.ts';

const chunkBytes = 262_144;
/** Codes that save less than this share of a plane are not worth their decoding: the plane stays as it is. */
const rawAbove = 0.95;

/**
 * A model alone, without a parent, each byte plane in Huffman codes.
 *
 * Source: Hershcovitch and others, "ZipNN: Lossless Compression for AI Models" (arXiv 2411.05239), and zipnn 0.5.3
 * for its settings. The sign moves below the exponent, so that the first byte of a 16- or 32-bit float is nothing
 * but exponent; equal bytes of all elements form a plane; every plane of every 256 KiB gets codes of its own, none
 * above eleven bits. Different from zipnn: the code lengths are optimal, and their table has a form of its own
 * (first and last symbol, then four bits for each between them).
 */
export const zipnn: Peer = {
  name: 'ZipNN',
  encode(input) {
    const out = new ByteWriter(childFile(input).length);
    writeHeader(out, input.header);
    for (const tensor of input.tensors) writeZipnn(out, tensor.child, laneOf(tensor.dtype, tensor.child.length));
    return out.finish();
  },
  decode(encoded, { tensors }) {
    const reader = new ByteReader(encoded);
    const { file, bodies } = openFile(reader, tensors);
    for (const [index, { dtype }] of tensors.entries()) {
      const body = bodies[index] ?? new Uint8Array(0);
      readZipnn(reader, body, laneOf(dtype, body.length));
    }
    return file;
  },
};

/** Stores the bytes of a file that are no elements, deflated, as all tensor-wise peers do. */
export function writeHeader(out: ByteWriter, header: Uint8Array): void {
  const deflated = deflateSync(header, { level: 9 });
  out.varint(deflated.length);
  out.append(deflated);
}

/** Reads the stored header and lays out the file that begins with it; `bodies` are the places of its tensors. */
export function openFile(
  reader: ByteReader,
  tensors: readonly KnownTensor[],
): { file: Uint8Array; bodies: Uint8Array[] } {
  const header = inflateSync(reader.take(reader.varint()));
  const total = tensors.reduce((sum, { byteLength }) => sum + byteLength, header.length);
  const file = new Uint8Array(total);
  file.set(header);
  let at = header.length;
  const bodies = tensors.map(({ byteLength }) => file.subarray(at, (at += byteLength)));
  return { file, bodies };
}

/** Codes the elements of one tensor; the reader needs their number, nothing else. */
export function writeZipnn(out: ByteWriter, elements: Uint8Array, lane: Lane): void {
  for (let start = 0; start < elements.length; start += chunkBytes) {
    const chunk = elements.subarray(start, start + chunkBytes);
    for (const plane of splitPlanes(chunk, lane)) writePlane(out, plane);
  }
}

/** Fills `elements` with what `writeZipnn` coded. */
export function readZipnn(reader: ByteReader, elements: Uint8Array, lane: Lane): void {
  for (let start = 0; start < elements.length; start += chunkBytes) {
    const chunk = elements.subarray(start, start + chunkBytes);
    const planeBytes = chunk.length / lane.bytes;
    const planes = Array.from({ length: lane.bytes }, () => readPlane(reader, planeBytes));
    mergePlanes(planes, chunk, lane);
  }
}

// A plane: 0 and its bytes, or the length of what follows: first symbol, last symbol, lengths, codes.
function writePlane(out: ByteWriter, plane: Uint8Array): void {
  const counts = countBytes(plane);
  const limit = plane.length * rawAbove;
  if (entropyBytes(counts, plane.length) <= limit) {
    const lengths = codeLengths(counts);
    const first = lengths.findIndex((length) => length > 0);
    const last = lengths.findLastIndex((length) => length > 0);
    const tableBytes = 2 + (first === last ? 0 : (last - first + 2) >>> 1);
    const bytes = tableBytes + (first === last ? 0 : codedBytes(counts, lengths));
    if (bytes <= limit) {
      out.varint(bytes);
      const room = out.room(bytes + 4);
      room[0] = first;
      room[1] = last;
      if (first !== last) {
        for (let i = 0; i < tableBytes - 2; i++) {
          const symbol = first + 2 * i;
          room[2 + i] = (lengths[symbol] ?? 0) | ((lengths[symbol + 1] ?? 0) << 4);
        }
        writeCodes(plane, lengths, room.subarray(tableBytes));
      }
      out.advance(bytes);
      return;
    }
  }
  out.byte(0);
  out.append(plane);
}

function readPlane(reader: ByteReader, planeBytes: number): Uint8Array {
  const bytes = reader.varint();
  if (bytes === 0) return reader.take(planeBytes);

  const coded = reader.take(bytes);
  const first = coded[0] ?? 0;
  const last = coded[1] ?? 0;
  const plane = new Uint8Array(planeBytes);
  if (first === last) return plane.fill(first);

  const lengths = new Uint8Array(256);
  for (let symbol = first; symbol <= last; symbol++) {
    const pair = coded[2 + ((symbol - first) >>> 1)] ?? 0;
    lengths[symbol] = (symbol - first) % 2 === 0 ? pair & 15 : pair >>> 4;
  }
  const codes = coded.subarray(2 + ((last - first + 2) >>> 1));
  const padded = new Uint8Array(codes.length + 4);
  padded.set(codes);
  readCodes(padded, lengths, plane);
  return plane;
}

// Most significant byte first, for each width of a word.
function splitPlanes(chunk: Uint8Array, lane: Lane): Uint8Array[] {
  if (lane.bytes === 1) return [chunk];
  const elements = chunk.length / lane.bytes;
  const planes = Array.from({ length: lane.bytes }, () => new Uint8Array(elements));
  const [a = chunk, b = chunk, c = chunk, d = chunk] = planes;
  if (lane.bytes === 2) {
    const words = halfWords(aligned(chunk, 2));
    const keep = (1 << (15 - lane.exponentBits)) - 1;
    for (let i = 0; i < elements; i++) {
      const word = signBelow16(words[i] ?? 0, keep);
      a[i] = word >>> 8;
      b[i] = word;
    }
  } else if (lane.bytes === 4) {
    const words = fullWords(aligned(chunk, 4));
    const keep = (1 << (31 - lane.exponentBits)) - 1;
    for (let i = 0; i < elements; i++) {
      const word = lane.exponentBits === 0 ? (words[i] ?? 0) : signBelow32(words[i] ?? 0, keep);
      a[i] = word >>> 24;
      b[i] = word >>> 16;
      c[i] = word >>> 8;
      d[i] = word;
    }
  } else {
    for (let i = 0, at = 7; i < elements; i++, at += 8) {
      for (let k = 0; k < 8; k++) (planes[k] ?? a)[i] = chunk[at - k] ?? 0;
    }
  }
  return planes;
}
