// The bytes of a .wdelta file, version 1, as the deltatensors package writes it. All numbers are unsigned and
// little-endian; nothing is aligned.
//
//   "wdelta" and a zero | u32 version | u32 H | JSON header, H bytes | array records | SHA-256 of all before
//
// Array record: u32 length and name of the tensor | u32 length and name of the field | u32 length and numpy's name of
// the type | u32 number of dimensions | u64 each | u64 bytes | the bytes. A record is found by tensor and field alone.

/** "wdelta" and a zero. */
export const magic = Uint8Array.of(0x77, 0x64, 0x65, 0x6c, 0x74, 0x61, 0x00);
export const version = 1;
/** Magic, version and length of the header. */
export const headBytes = 15;
export const hashBytes = 32;

/** How the delta of a tensor is kept. */
export const strategies = ['sparse', 'quantized', 'int4'] as const;
export type Strategy = (typeof strategies)[number];

/** Types of arrays by numpy's name, with the bytes of an element. */
export const arrayTypes = { int64: 8, float32: 4, float16: 2, uint8: 1 } as const;
export type ArrayType = keyof typeof arrayTypes;

/** The arrays of a strategy in the order in which they are written. */
export const fieldsOf = {
  sparse: { indices: 'int64', values: 'float32' },
  quantized: { scales: 'float16', packed_signs: 'uint8' },
  int4: {
    outlier_idx: 'int64',
    outlier_vals: 'float16',
    scale: 'float16',
    zero_point: 'float16',
    packed: 'uint8',
  },
} as const satisfies Record<Strategy, Record<string, ArrayType>>;

/** The type of a field of a strategy; undefined where it has no such field. */
export function typeOfField(strategy: Strategy, field: string): ArrayType | undefined {
  const fields: Readonly<Record<string, ArrayType>> = fieldsOf[strategy];
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

/** The field that holds places of elements, ascending. */
export const placesField: Partial<Record<Strategy, string>> = { sparse: 'indices', int4: 'outlier_idx' };

/** Whether bytes, the first of a file, begin with the magic. */
export function startsLikeWdelta(start: Uint8Array): boolean {
  return magic.every((byte, at) => start[at] === byte);
}

/** Names in the order in which Python sorts them: by code points, which UTF-8 keeps. */
export function sortedNames(names: Iterable<string>): string[] {
  return [...names]
    .map((name) => ({ name, key: Buffer.from(name, 'utf8') }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ name }) => name);
}

/**
 * Elements that a strategy keeps one by one: the largest share of them, one at least, none of none.
 * @param share of `count`; the product is cut as Python's `int` cuts it
 */
export function keptElements(count: number, share: number): number {
  return count === 0 ? 0 : Math.min(count, Math.max(1, Math.floor(count * share)));
}

/** Rows that have a scale each: the first dimension; a vector or a scalar is one row. None where there are no elements. */
export function scaledRows(shape: readonly number[], count: number): number {
  const [rows = 1] = shape;
  if (count === 0) return 0;
  return shape.length > 1 ? rows : 1;
}
