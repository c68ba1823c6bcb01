/**
 * Element types of tensors, named as in the safetensors specification, plus `OPAQUE`: bytes whose meaning the
 * engine does not know (GGUF quantised blocks, foreign storages).
 */
export const dtypeBits = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
  OPAQUE: 8,
} as const;

/** Name of an element type. */
export type Dtype = keyof typeof dtypeBits;

/** Whether `name` is an element type this build knows. */
export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(dtypeBits, name);
}

/** Number of elements of a shape; 1 for the empty shape (a scalar). Not checked for overflow. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
