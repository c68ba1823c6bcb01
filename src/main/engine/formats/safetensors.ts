import type { RandomAccess } from '../streams.ts';
import { ByteCursor } from './cursor.ts';
import { Malformed, quote } from './malformed.ts';
import { readHeader, type TensorEntry } from './safetensors-header.ts';
import type { Segment } from './segments.ts';
import { checkedBytes } from './tensor-bytes.ts';

/** Bytes of the length field before the header. */
const lengthBytes = 8;

/** Longest header that the format allows (safetensors README: "there's a 100MB limit"). */
const maxHeaderBytes = 100_000_000;

/** Window over the header: room for the longest entry and enough beyond it that refills stay rare. */
const headerWindow = 1024 * 1024;

/**
 * Whether a file begins like safetensors: a possible header length, then white space or `{`. Text never does:
 * its first eight bytes read as a number far above the limit.
 */
export function looksLikeSafetensors(head: Uint8Array, size: number): boolean {
  const length = headerLength(head);
  const first = head[lengthBytes];
  const opening = first === 0x7b || first === 0x20 || first === 0x0a || first === 0x0d || first === 0x09;
  return length !== undefined && length <= Math.min(maxHeaderBytes, size - lengthBytes) && opening;
}

/**
 * Cuts a safetensors file into its header (length field and JSON, kept as they are) and its tensors, by offset.
 * Method: safetensors README, "Format", and the checks of its reference reader (`SafeTensors::read_metadata`):
 * the tensors cover the data exactly, without holes, overlap or bytes after them.
 * Tensors without elements are segments of length 0 at their offset, in the order of the header.
 * @throws Malformed when the file does not follow the specification.
 */
export async function readSafetensors(bytes: RandomAccess, head: Uint8Array): Promise<Segment[]> {
  const length = headerLength(head);
  if (length === undefined || length > maxHeaderBytes) {
    throw new Malformed(
      `it states a header of more than ${maxHeaderBytes} bytes, or is too short to state one`,
    );
  }
  const start = lengthBytes + length;
  if (start > bytes.size)
    throw new Malformed(`its header of ${length} bytes reaches beyond the end of the file`);
  const entries = await readHeader(new ByteCursor(bytes, lengthBytes, start, headerWindow));
  return [{ kind: 'header', offset: 0, length: start }, ...placeTensors(entries, start, bytes.size)];
}

function headerLength(head: Uint8Array): number | undefined {
  if (head.length < lengthBytes) return undefined;
  const stated = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  return stated > BigInt(maxHeaderBytes) ? maxHeaderBytes + 1 : Number(stated);
}

function placeTensors(entries: TensorEntry[], start: number, size: number): Segment[] {
  const segments: Segment[] = [];
  let covered = 0;
  // A stable sort: tensors without elements at the same place keep the order of the header.
  for (const entry of entries.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    checkPlace(entry, covered, size - start);
    const { name, dtype, shape } = entry;
    segments.push({
      kind: 'tensor',
      offset: start + entry.begin,
      length: entry.end - entry.begin,
      tensor: { name, dtype, shape },
    });
    covered = entry.end;
  }
  if (start + covered !== size) throw new Malformed('it has bytes after its last tensor');
  return segments;
}

function checkPlace(
  { name, dtype, shape, begin, end }: TensorEntry,
  covered: number,
  dataBytes: number,
): void {
  const tensor = `tensor ${quote(name)}`;
  if (end < begin) throw new Malformed(`${tensor} ends before it begins`);
  if (end > dataBytes) throw new Malformed(`${tensor} reaches beyond the end of the file`);
  if (begin < covered) throw new Malformed(`${tensor} overlaps another tensor`);
  if (begin > covered) throw new Malformed(`there is a hole before ${tensor}`);
  const needed = checkedBytes(dtype, shape);
  if (end - begin !== needed) throw new Malformed(`${tensor} needs ${needed} bytes and has ${end - begin}`);
}
