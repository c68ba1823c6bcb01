import { ByteCursor } from '../formats/cursor.ts';
import { maxNameBytes } from '../formats/limits.ts';
import { Malformed, quote, ReadFailure } from '../formats/malformed.ts';
import type { RandomAccess } from '../streams.ts';
import { WdeltaFlaw } from './flaw.ts';
import type { TensorEntry, WdeltaHeader } from './header.ts';
import { arrayTypes, fieldsOf, typeOfField } from './layout.ts';
import { maxLabelBytes } from './limits.ts';

/** Where an array lies. */
export interface ArrayPlace {
  /** First byte within the file. */
  readonly offset: number;
  /** Elements. */
  readonly count: number;
}

/** The arrays of a tensor by field. */
export type Arrays = ReadonlyMap<string, ArrayPlace>;

/** What a record says before its bytes. */
interface RecordHead {
  readonly name: string;
  readonly field: string;
  readonly type: string;
  readonly dimensions: readonly number[];
  readonly bytes: number;
}

/** The longest head of a record: three names with their lengths, one dimension, the length of the bytes. */
const windowBytes = maxNameBytes + 2 * maxLabelBytes + 3 * 4 + 4 + 8 + 8;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Walks the array records between two places of a file, reading none of the arrays, and checks each against the
 * header. Every tensor must have each array of its strategy once.
 * @returns the arrays of each tensor, in the order in which the file first names them
 * @throws WdeltaFlaw
 */
export async function walkRecords(
  bytes: RandomAccess,
  start: number,
  end: number,
  { tensors }: WdeltaHeader,
): Promise<ReadonlyMap<string, Arrays>> {
  const found = new Map<string, Map<string, ArrayPlace>>();
  const cursor = new ByteCursor(bytes, start, end, windowBytes);
  try {
    while (cursor.remaining > 0) {
      const head = await readHead(cursor);
      const entry = tensors.get(head.name);
      if (!entry)
        throw new WdeltaFlaw(`it has an array for tensor ${quote(head.name)}, which its header lacks`);
      const place = { offset: cursor.position, count: checkedLength(entry, head) };
      const arrays = found.get(head.name) ?? new Map<string, ArrayPlace>();
      if (arrays.has(head.field)) {
        throw new WdeltaFlaw(
          `it has the array ${quote(head.field)} of tensor ${quote(head.name)} twice`,
          head.name,
        );
      }
      if (head.bytes > cursor.remaining) {
        throw new WdeltaFlaw(
          `it ends inside the array ${quote(head.field)} of tensor ${quote(head.name)}`,
          head.name,
          true,
        );
      }
      cursor.skip(head.bytes);
      found.set(head.name, arrays.set(head.field, place));
    }
  } catch (error) {
    if (error instanceof ReadFailure) throw error.cause;
    if (error instanceof Malformed)
      throw new WdeltaFlaw('it ends in the middle of an array record', undefined, true);
    throw error;
  }
  for (const entry of tensors.values()) requireArrays(entry, found.get(entry.name));
  return found;
}

async function readHead(cursor: ByteCursor): Promise<RecordHead> {
  await cursor.fill(windowBytes);
  const name = label(cursor, maxNameBytes, 'the name of a tensor');
  const field = label(cursor, maxLabelBytes, 'the name of a field');
  const type = label(cursor, maxLabelBytes, 'the name of a type');
  const ndim = cursor.u32();
  if (ndim !== 1) {
    throw new WdeltaFlaw(
      `the array ${quote(field)} of tensor ${quote(name)} has ${ndim} dimensions instead of one`,
      name,
    );
  }
  return { name, field, type, dimensions: [size(cursor)], bytes: size(cursor) };
}

function label(cursor: ByteCursor, most: number, what: string): string {
  const length = cursor.u32();
  if (length > most) throw new WdeltaFlaw(`${what} in a record is said to have ${length} bytes`);
  try {
    return utf8.decode(cursor.take(length));
  } catch (error) {
    if (error instanceof Malformed) throw error;
    throw new WdeltaFlaw(`${what} in a record is not UTF-8`);
  }
}

/** A size that is above what a number holds is not more absurd than one that is only above the file's length. */
function size(cursor: ByteCursor): number {
  const low = cursor.u32();
  return cursor.u32() * 2 ** 32 + low;
}

function checkedLength(entry: TensorEntry, { field, type, dimensions, bytes }: RecordHead): number {
  const { name, strategy } = entry;
  const array = `the array ${quote(field)} of tensor ${quote(name)}`;
  if (!Object.hasOwn(arrayTypes, type))
    throw new WdeltaFlaw(`${array} is of the unknown type ${quote(type)}`, name);
  const wanted = typeOfField(strategy, field);
  if (wanted === undefined) throw new WdeltaFlaw(`${array} is none of strategy ${strategy}`, name);
  if (type !== wanted) throw new WdeltaFlaw(`${array} is of type ${type} instead of ${wanted}`, name);
  const [count = 0] = dimensions;
  if (count * arrayTypes[wanted] !== bytes) {
    throw new WdeltaFlaw(`${array} has ${count} elements of ${type} in ${bytes} bytes`, name);
  }
  return count;
}

function requireArrays(entry: TensorEntry, arrays: Arrays | undefined): void {
  const { name, strategy, count, outliers, rows } = entry;
  const places = new Map(
    Object.keys(fieldsOf[strategy]).map((field) => {
      const place = arrays?.get(field);
      if (!place) throw new WdeltaFlaw(`tensor ${quote(name)} lacks its array ${quote(field)}`, name);
      return [field, place.count];
    }),
  );
  const wanted: Readonly<Record<string, number>> = {
    sparse: { values: places.get('indices') ?? 0 },
    quantized: { scales: rows, packed_signs: Math.ceil(count / 8) },
    int4: {
      outlier_idx: outliers,
      outlier_vals: outliers,
      scale: 1,
      zero_point: 1,
      packed: Math.ceil((count - outliers) / 2),
    },
  }[strategy];
  for (const [field, elements] of Object.entries(wanted)) {
    const has = places.get(field);
    if (has === elements) continue;
    throw new WdeltaFlaw(
      `the array ${quote(field)} of tensor ${quote(name)} has ${has ?? 0} elements instead of ${elements}`,
      name,
    );
  }
}
