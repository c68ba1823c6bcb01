import type { RandomAccess } from '../streams.ts';
import { withGaps } from './coverage.ts';
import { ByteCursor } from './cursor.ts';
import { readName, skipMetadata } from './gguf-metadata.ts';
import { type GgmlType, ggmlTypes } from './gguf-types.ts';
import { maxTensors } from './limits.ts';
import { Malformed, quote } from './malformed.ts';
import type { Segment, TensorInfo } from './segments.ts';
import { checkedElements } from './tensor-bytes.ts';

/** Magic, version and the two counts. */
const fixedBytes = 4 + 4 + 8 + 8;

/** What a key-value pair and a tensor info take at least: counts are checked against it. */
const minPairBytes = 8 + 4 + 1;
const minInfoBytes = 8 + 4 + 4 + 8;

/** Versions whose layout this is. Version 1 had 32-bit counts and lived for weeks. */
const firstVersion = 2;
const lastVersion = 3;

/** Key-value pairs; real files have less than 200. */
const maxPairs = 100_000;

/** Metadata and tensor infos that are walked. Vocabularies make them 10 to 30 MB; the walk costs time, not memory. */
const maxHeaderBytes = 512 * 1024 * 1024;

/** Dimensions of a tensor: ggml has 4; gguf.md leaves room for more. */
const maxGgufDimensions = 8;

interface Info {
  readonly name: string;
  /** Outermost first; the file has them innermost first. */
  readonly shape: readonly number[];
  readonly type: GgmlType | undefined;
  /** Bytes; undefined for a type this build does not know. */
  readonly bytes: number | undefined;
  /** From the beginning of the tensor data. */
  readonly offset: number;
}

/** Whether a file begins with the magic of GGUF. */
export function looksLikeGguf(head: Uint8Array): boolean {
  return head[0] === 0x47 && head[1] === 0x47 && head[2] === 0x55 && head[3] === 0x46;
}

/**
 * Cuts a GGUF file into its header (padding included), its tensors and the gaps that alignment leaves (raw).
 * Method: gguf.md of ggml, "File Structure", versions 2 and 3, little-endian. Plain number types are typed and keep
 * their shape, outermost size first; quantised types are OPAQUE bytes. A type this build does not know reaches to
 * the next tensor, or to the end of the file.
 * @throws Malformed when the file does not follow the format or is of another version or byte order.
 */
export async function readGguf(bytes: RandomAccess): Promise<Segment[]> {
  const cursor = new ByteCursor(bytes, 0, Math.min(bytes.size, maxHeaderBytes));
  await cursor.fill(fixedBytes);
  cursor.skip(4);
  checkVersion(cursor.u32());
  const tensors = cursor.u64();
  const pairs = cursor.u64();
  if (tensors > maxTensors) throw new Malformed(`it has more than ${maxTensors} tensors`);
  if (pairs > maxPairs) throw new Malformed(`it has more than ${maxPairs} keys`);
  if (pairs > cursor.remaining / minPairBytes || tensors > cursor.remaining / minInfoBytes) {
    throw new Malformed('it states more entries than the file has room for');
  }
  const alignment = await skipMetadata(cursor, pairs);
  const infos = await readInfos(cursor, tensors, alignment);
  const start = Math.min(align(cursor.position, alignment), bytes.size);
  const header: Segment = { kind: 'header', offset: 0, length: start };
  return withGaps([header, ...placeTensors(infos, start, bytes.size)], bytes.size, 'raw');
}

function checkVersion(version: number): void {
  if (version >= firstVersion && version <= lastVersion) return;
  // A version in the upper half is one of a big-endian file, whose magic reads the same.
  const bigEndian = version !== 0 && (version & 0xffff) === 0;
  throw new Malformed(
    bigEndian ? 'it is big-endian, which is not supported' : `its version ${version} is not supported`,
  );
}

function align(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

async function readInfos(cursor: ByteCursor, count: number, alignment: number): Promise<Info[]> {
  const infos: Info[] = [];
  const names = new Set<string>();
  for (let number = 0; number < count; number += 1) {
    const name = await readName(cursor);
    if (names.has(name)) throw new Malformed(`it has two tensors named ${quote(name)}`);
    names.add(name);
    await cursor.fill(4 + maxGgufDimensions * 8 + 4 + 8);
    infos.push(readInfo(cursor, name, alignment));
  }
  return infos;
}

function readInfo(cursor: ByteCursor, name: string, alignment: number): Info {
  const dimensions = cursor.u32();
  if (dimensions > maxGgufDimensions)
    throw new Malformed(`tensor ${quote(name)} has ${dimensions} dimensions`);
  const sizes = Array.from({ length: dimensions }, () => cursor.u64());
  const type = ggmlTypes.get(cursor.u32());
  const offset = cursor.u64();
  if (offset % alignment !== 0)
    throw new Malformed(`tensor ${quote(name)} is not aligned to ${alignment} bytes`);
  const shape = sizes.toReversed();
  const elements = checkedElements(shape);
  if (type !== undefined && (sizes[0] ?? 1) % type.elements !== 0) {
    throw new Malformed(`rows of tensor ${quote(name)} end inside a block of ${type.elements} elements`);
  }
  return { name, shape, type, bytes: type && (elements / type.elements) * type.bytes, offset };
}

function placeTensors(infos: Info[], start: number, size: number): Segment[] {
  // Empty tensors come before the tensor that begins at the same place; a stable sort keeps the rest as it was.
  const sorted = infos.sort((a, b) => a.offset - b.offset || Number(a.bytes !== 0) - Number(b.bytes !== 0));
  let covered = start;
  return sorted.map((info, number) => {
    const offset = start + info.offset;
    const next = sorted[number + 1];
    const length = info.bytes ?? (next === undefined ? size : start + next.offset) - offset;
    const squeezed = info.bytes === undefined && length === 0;
    if (offset < covered || squeezed)
      throw new Malformed(`tensor ${quote(info.name)} overlaps another tensor`);
    if (length < 0 || offset + length > size) {
      throw new Malformed(`tensor ${quote(info.name)} reaches beyond the end of the file`);
    }
    covered = offset + length;
    return { kind: 'tensor', offset, length, tensor: describe(info, length) };
  });
}

function describe({ name, shape, type }: Info, length: number): TensorInfo {
  if (type?.dtype !== undefined) return { name, dtype: type.dtype, shape };
  return { name, dtype: 'OPAQUE', shape: [length] };
}
