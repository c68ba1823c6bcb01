import { packAny, unpackAny } from '../codecs/index.ts';
import type { SourceFile, SourceSegment } from '../sources/index.ts';

// Nearly all of a safetensors header is names, types, shapes and places of tensors, which the index has. What is kept
// beside is the text before them: the metadata. So no header of a parent is needed to have one back.

/** What most programs write before the tensors; nothing is kept of it. */
const usualText = Buffer.from('"__metadata__":{"format":"pt"},', 'utf8');

/** The payload for a text before the first tensor. */
export function packText(before: Uint8Array): Uint8Array {
  return Buffer.compare(before, usualText) === 0 ? new Uint8Array() : packAny(before);
}

/**
 * Undoes `packText`.
 * @returns undefined when the payload is damaged or holds more than `most` bytes
 */
export function unpackText(payload: Uint8Array, most: number): Uint8Array | undefined {
  return payload.length === 0 ? usualText : unpackAny(payload, most, 0);
}

const lengthBytes = 8;
const space = 0x20;

type Files = readonly Pick<SourceFile, 'firstSegment' | 'endSegment'>[];

interface Model {
  readonly files: Files;
  readonly segments: readonly SourceSegment[];
}

type Place = Pick<SourceSegment, 'number' | 'file' | 'length'>;

/** Whether a segment may be the header of a safetensors file: the first of its file, and long enough. */
export function mayBeSafetensorsHeader(
  files: Files,
  { kind, number, file, length }: Place & Pick<SourceSegment, 'kind'>,
): boolean {
  return kind === 'header' && files[file]?.firstSegment === number && length >= lengthBytes + 2;
}

/** What stands in a header for the tensors after it, up to the closing brace; undefined beyond `most` characters. */
function tensorsText({ files, segments }: Model, header: Place, most: number): string | undefined {
  const entries: string[] = [];
  let characters = 0;
  const end = files[header.file]?.endSegment ?? 0;
  for (const { tensor, offset, length } of segments.slice(header.number + 1, end)) {
    if (!tensor) continue;
    const { name, dtype, shape } = tensor;
    const begin = offset - header.length;
    const fields = `{"dtype":${JSON.stringify(dtype)},"shape":[${shape.join(',')}],"data_offsets":[${begin},${begin + length}]}`;
    const entry = `${JSON.stringify(name)}:${fields}`;
    characters += entry.length;
    if (characters > most) return undefined;
    entries.push(entry);
  }
  return `${entries.join(',')}}`;
}

/**
 * Makes a header from the tensors of its file.
 * @param before the text between the opening brace and the first tensor
 * @returns undefined when it comes to more bytes than the segment has
 */
export function writeSafetensorsHeader(
  model: Model,
  header: Place,
  before: Uint8Array,
): Uint8Array | undefined {
  const text = tensorsText(model, header, header.length);
  if (text === undefined) return undefined;
  const tensors = Buffer.from(text, 'utf8');
  const end = lengthBytes + 1 + before.length + tensors.length;
  if (end > header.length) return undefined;
  const bytes = new Uint8Array(header.length).fill(space, end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length - lengthBytes), true);
  bytes.set([0x7b], lengthBytes);
  bytes.set(before, lengthBytes + 1);
  bytes.set(tensors, lengthBytes + 1 + before.length);
  return bytes;
}

/** The text before the first tensor in a header that `writeSafetensorsHeader` makes; undefined for any other. */
export function textBeforeTensors(model: Model, header: Place, bytes: Uint8Array): Uint8Array | undefined {
  const text = tensorsText(model, header, header.length);
  if (text === undefined) return undefined;
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === space) end -= 1;
  const before = bytes.subarray(lengthBytes + 1, Math.max(lengthBytes + 1, end - Buffer.byteLength(text)));
  const made = writeSafetensorsHeader(model, header, before);
  return made && Buffer.compare(made, bytes) === 0 ? before : undefined;
}
