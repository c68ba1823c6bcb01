import { deflateSync, inflateSync } from 'node:zlib';
import { ByteReader, ByteWriter } from './bytes.ts';
import { codedBytes, codeLengths, readCodes, writeCodes } from './huffman.ts';
import { laneOf, type Lane } from './lanes.ts';
import { childFile, type KnownTensor, type Peer } from './peer.ts';
import { plainLoops, planesIn } from './planes.ts';

const chunkBytes = 262_144;
/** Codes that save less than this share of a plane are not worth their decoding: the plane stays as it is. */
const rawAbove = 0.95;

// Memory for the chunk in work: memory that was touched before is twice as fast as new memory.
const chunkMemory = new Uint8Array(chunkBytes);
const chunkWords = new Int32Array(chunkMemory.buffer);
const planeMemory = new ArrayBuffer(chunkBytes + 8 * 3);
const zeros = new Uint8Array(chunkBytes);
/** Codes of the plane in work, with the bytes behind them that their reader wants. */
const codeMemory = new Uint8Array(chunkBytes + 4);

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
    for (const tensor of input.tensors)
      writeZipnn(out, tensor.child, laneOf(tensor.dtype, tensor.child.length));
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
    const planes = emptyPlanes(chunk, lane);
    for (const plane of planes) readPlane(reader, plane);
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

function readPlane(reader: ByteReader, plane: Uint8Array): void {
  const bytes = reader.varint();
  if (bytes === 0) {
    plane.set(reader.take(plane.length));
    return;
  }
  const coded = reader.take(bytes);
  const first = coded[0] ?? 0;
  const last = coded[1] ?? 0;
  if (first === last) {
    plane.fill(first);
    return;
  }
  const lengths = new Uint8Array(256);
  for (let symbol = first; symbol <= last; symbol++) {
    const pair = coded[2 + ((symbol - first) >>> 1)] ?? 0;
    lengths[symbol] = (symbol - first) % 2 === 0 ? pair & 15 : pair >>> 4;
  }
  const codes = coded.subarray(2 + ((last - first + 2) >>> 1));
  codeMemory.set(codes);
  readCodes(codeMemory.subarray(0, codes.length + 4), lengths, plane);
}

// Planes of the chunk, its signs moved. It is moved in a copy, so nothing is said about alignment.
function splitPlanes(chunk: Uint8Array, lane: Lane): Uint8Array[] {
  const copy = chunkMemory.subarray(0, chunk.length);
  copy.set(chunk);
  lowerSigns(chunkWords.subarray(0, (chunk.length + 3) >>> 2), lane);
  const planes = emptyPlanes(chunk, lane);
  plainLoops.split(copy, zeros.subarray(0, chunk.length), planes);
  return planes;
}

function mergePlanes(planes: readonly Uint8Array[], chunk: Uint8Array, lane: Lane): void {
  const copy = chunkMemory.subarray(0, chunk.length);
  plainLoops.merge(planes, zeros.subarray(0, chunk.length), copy);
  raiseSigns(chunkWords.subarray(0, (chunk.length + 3) >>> 2), lane);
  chunk.set(copy);
}

function emptyPlanes(chunk: Uint8Array, lane: Lane): Uint8Array[] {
  return planesIn(planeMemory, lane.bytes, chunk.length / lane.bytes);
}

// Sign, exponent, mantissa become exponent, sign, mantissa; in one word, or in both halves of it at once.
function lowerSigns(words: Int32Array, lane: Lane): void {
  if (lane.exponentBits === 0) return;
  const { mantissa, exponent, lowest, top, below } = fieldsOf(lane);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0;
    words[i] = (word & mantissa) | ((word & exponent) << 1) | (((word >>> top) & lowest) << below);
  }
}

function raiseSigns(words: Int32Array, lane: Lane): void {
  if (lane.exponentBits === 0) return;
  const { mantissa, exponent, lowest, top, below } = fieldsOf(lane);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0;
    words[i] = (word & mantissa) | ((word >>> 1) & exponent) | (((word >>> below) & lowest) << top);
  }
}

function fieldsOf({ bytes, exponentBits }: Lane) {
  const top = bytes * 8 - 1;
  const below = top - exponentBits;
  const lowest = bytes === 2 ? 0x1_0001 : 1;
  const mantissa = ((1 << below) - 1) * lowest;
  const exponent = (2 ** top - 2 ** below) * lowest;
  return { mantissa, exponent, lowest, top, below };
}

// Four tables in turn: runs of one byte would otherwise wait for its own count to be stored.
function countBytes(bytes: Uint8Array): Int32Array {
  const counts = new Int32Array(256);
  const tables = new Int32Array(4 * 256);
  const even = bytes.length & ~3;
  for (let i = 0; i < even; i += 4) {
    const a = bytes[i] ?? 0;
    const b = (bytes[i + 1] ?? 0) + 256;
    const c = (bytes[i + 2] ?? 0) + 512;
    const d = (bytes[i + 3] ?? 0) + 768;
    tables[a] = (tables[a] ?? 0) + 1;
    tables[b] = (tables[b] ?? 0) + 1;
    tables[c] = (tables[c] ?? 0) + 1;
    tables[d] = (tables[d] ?? 0) + 1;
  }
  for (const byte of bytes.subarray(even)) counts[byte] = (counts[byte] ?? 0) + 1;
  for (const [place, count] of tables.entries()) counts[place & 255] = (counts[place & 255] ?? 0) + count;
  return counts;
}

// What no code of single bytes can go below.
function entropyBytes(counts: Int32Array, total: number): number {
  let bits = 0;
  for (const count of counts) {
    if (count > 0) bits += count * Math.log2(total / count);
  }
  return bits / 8;
}
