import { type Dtype, isDtype } from '../dtypes.ts';
import { JsonScanner } from './json-scanner.ts';
import { maxDimensions, maxNameBytes, maxTensors } from './limits.ts';
import { Malformed, quote } from './malformed.ts';
import type { ByteCursor } from './cursor.ts';

/** One tensor as a safetensors header describes it; offsets count from the end of the header. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Key of the optional map of strings about the file. */
const metadataKey = '__metadata__';

/**
 * Reads the JSON header of a safetensors file: an object of tensors, each exactly
 * `{"dtype": string, "shape": [integers], "data_offsets": [begin, end]}`, and optionally `__metadata__`, a map of
 * strings. White space may surround the object; nothing else may (safetensors README, "Format").
 * @throws Malformed when the header says anything else, a key twice included.
 */
export async function readHeader(cursor: ByteCursor): Promise<TensorEntry[]> {
  const scanner = new JsonScanner(cursor);
  const tensors: TensorEntry[] = [];
  await eachKey(scanner, 'the header', (name) => {
    if (name === metadataKey) return readMetadata(scanner);
    if (tensors.length === maxTensors) throw new Malformed(`it has more than ${maxTensors} tensors`);
    tensors.push(readTensor(scanner, name));
    return undefined;
  });
  await scanner.skipSpace();
  if (!scanner.atEnd) throw new Malformed('the header has something after its JSON');
  return tensors;
}

/**
 * Walks an object of any size: reads each key, then lets `value` read what belongs to it. Awaits only what there is to
 * wait for.
 */
async function eachKey(
  scanner: JsonScanner,
  where: string,
  value: (key: string) => Promise<void> | undefined,
): Promise<void> {
  const seen = new Set<string>();
  let waiting: Promise<void> | undefined;
  await scanner.skipSpace();
  scanner.expect('{');
  await scanner.skipSpace();
  if (scanner.accept('}')) return;
  for (;;) {
    if ((waiting = scanner.skipSpace()) !== undefined) await waiting;
    if ((waiting = scanner.fill()) !== undefined) await waiting;
    const key = scanner.string();
    if (key.length > maxNameBytes)
      throw new Malformed(`${where} has a name of more than ${maxNameBytes} characters`);
    if (seen.has(key)) throw new Malformed(`${where} names ${quote(key)} twice`);
    seen.add(key);
    if ((waiting = scanner.skipSpace()) !== undefined) await waiting;
    scanner.expect(':');
    if ((waiting = value(key)) !== undefined) await waiting;
    if ((waiting = scanner.skipSpace()) !== undefined) await waiting;
    if (scanner.accept('}')) return;
    scanner.expect(',');
  }
}

async function readMetadata(scanner: JsonScanner): Promise<void> {
  await eachKey(scanner, metadataKey, async () => {
    await scanner.skipSpace();
    await scanner.skipString();
  });
}

function readTensor(scanner: JsonScanner, name: string): TensorEntry {
  let dtype: Dtype | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  scanner.expect('{');
  do {
    const key = scanner.string();
    scanner.expect(':');
    if (key === 'dtype' && dtype === undefined) dtype = readDtype(scanner, name);
    else if (key === 'shape' && shape === undefined) shape = readIntegers(scanner, name);
    else if (key === 'data_offsets' && offsets === undefined) offsets = readIntegers(scanner, name);
    else throw new Malformed(`tensor ${quote(name)} has the field ${quote(key)} twice or should not have it`);
  } while (scanner.accept(','));
  scanner.expect('}');
  const [begin, end, ...more] = offsets ?? [];
  if (
    dtype === undefined ||
    shape === undefined ||
    begin === undefined ||
    end === undefined ||
    more.length > 0
  ) {
    throw new Malformed(`tensor ${quote(name)} is not described by a dtype, a shape and two offsets`);
  }
  return { name, dtype, shape, begin, end };
}

function readDtype(scanner: JsonScanner, name: string): Dtype {
  const dtype = scanner.string();
  // OPAQUE is a word of the engine, not of the specification.
  if (!isDtype(dtype) || dtype === 'OPAQUE') {
    throw new Malformed(`tensor ${quote(name)} has the unknown dtype ${quote(dtype)}`);
  }
  return dtype;
}

function readIntegers(scanner: JsonScanner, name: string): number[] {
  const values: number[] = [];
  scanner.expect('[');
  if (scanner.accept(']')) return values;
  do {
    if (values.length === maxDimensions) {
      throw new Malformed(`tensor ${quote(name)} has more than ${maxDimensions} dimensions`);
    }
    values.push(scanner.integer());
  } while (scanner.accept(','));
  scanner.expect(']');
  return values;
}
