import type { ByteCursor } from './cursor.ts';
import { maxNameBytes } from './limits.ts';
import { Malformed, quote } from './malformed.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Arrays inside arrays: none are in use; the format allows any depth. */
const maxArrayDepth = 4;

/** Alignment that a file has unless it says otherwise, and the key that says it (gguf.md, "general.alignment"). */
const defaultAlignment = 32;
const alignmentKey = 'general.alignment';

/** Largest alignment that is believed: above any page size. */
const maxAlignment = 1024 * 1024;

const uint32 = 4;
const string = 8;
const array = 9;

/** Bytes of the value types of fixed size, by their number (gguf.md, `gguf_metadata_value_type`). */
const scalarBytes: ReadonlyMap<number, number> = new Map([
  [0, 1], // uint8
  [1, 1], // int8
  [2, 2], // uint16
  [3, 2], // int16
  [uint32, 4],
  [5, 4], // int32
  [6, 4], // float32
  [7, 1], // bool
  [10, 8], // uint64
  [11, 8], // int64
  [12, 8], // float64
]);

/** Bytes that the shortest string and the shortest array take: what a count is checked against. */
const minStringBytes = 8;
const minArrayBytes = 12;

/** Reads a name: a 64-bit length and that many bytes of UTF-8. */
export async function readName(cursor: ByteCursor): Promise<string> {
  await cursor.fill(minStringBytes + maxNameBytes);
  const length = cursor.u64();
  if (length > maxNameBytes) throw new Malformed(`it has a name of ${length} bytes`);
  try {
    return utf8.decode(cursor.take(length));
  } catch (error) {
    if (error instanceof Malformed) throw error;
    throw new Malformed('it has a name that is not UTF-8');
  }
}

/**
 * Steps over `count` key-value pairs; returns the alignment of the tensor data. Values are not kept: they stay in
 * the header segment as they are.
 * @throws Malformed on an unknown value type, a key twice, arrays too deep, or an impossible alignment.
 */
export async function skipMetadata(cursor: ByteCursor, count: number): Promise<number> {
  const keys = new Set<string>();
  let alignment = defaultAlignment;
  for (let pair = 0; pair < count; pair += 1) {
    const key = await readName(cursor);
    if (keys.has(key)) throw new Malformed(`it has the key ${quote(key)} twice`);
    keys.add(key);
    await cursor.fill(4 + 8);
    const type = cursor.u32();
    if (key === alignmentKey) alignment = readAlignment(cursor, type);
    else await skipValue(cursor, type, 0);
  }
  return alignment;
}

function readAlignment(cursor: ByteCursor, type: number): number {
  const alignment = type === uint32 ? cursor.u32() : 0;
  // A power of two has a single bit set.
  if (alignment === 0 || alignment > maxAlignment || (alignment & (alignment - 1)) !== 0) {
    throw new Malformed(`its ${alignmentKey} is not a power of two up to ${maxAlignment}`);
  }
  return alignment;
}

async function skipValue(cursor: ByteCursor, type: number, depth: number): Promise<void> {
  if (type === array) {
    await skipArray(cursor, depth + 1);
  } else if (type === string) {
    await skipString(cursor);
  } else {
    cursor.skip(sizeOfScalar(type));
  }
}

function sizeOfScalar(type: number): number {
  const bytes = scalarBytes.get(type);
  if (bytes === undefined) throw new Malformed(`it has a value of the unknown type ${type}`);
  return bytes;
}

async function skipString(cursor: ByteCursor): Promise<void> {
  if (cursor.available < minStringBytes) await cursor.fill(minStringBytes);
  cursor.skip(cursor.u64());
}

async function skipArray(cursor: ByteCursor, depth: number): Promise<void> {
  if (depth > maxArrayDepth) throw new Malformed(`it has arrays nested deeper than ${maxArrayDepth}`);
  await cursor.fill(minArrayBytes);
  const type = cursor.u32();
  const count = cursor.u64();
  const each = type === string ? minStringBytes : type === array ? minArrayBytes : sizeOfScalar(type);
  if (count > cursor.remaining / each) throw new Malformed('it has an array longer than the file');
  if (type !== string && type !== array) {
    cursor.skip(count * each);
    return;
  }
  for (let item = 0; item < count; item += 1) {
    if (type === array) await skipArray(cursor, depth + 1);
    else if (cursor.available < minStringBytes) await skipString(cursor);
    else cursor.skip(cursor.u64());
  }
}
