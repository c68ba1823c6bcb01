import { type Dtype, dtypeBits } from '../dtypes.ts';
import { Malformed } from './malformed.ts';

/**
 * Number of elements of a shape, checked: every partial product, from the outermost size on, stays an exact integer.
 * The order matters: `[2^40, 2^40, 0]` overflows before it becomes zero, as in the reference reader of safetensors.
 * @throws Malformed on overflow.
 */
export function checkedElements(shape: readonly number[]): number {
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    if (elements > Number.MAX_SAFE_INTEGER) throw new Malformed('a shape is too large to count its elements');
  }
  return elements;
}

/**
 * Bytes that a tensor takes, packed; types below one byte must fill whole bytes (safetensors specification).
 * @throws Malformed on overflow, or where the elements end inside a byte.
 */
export function checkedBytes(dtype: Dtype, shape: readonly number[]): number {
  const bits = checkedElements(shape) * dtypeBits[dtype];
  if (bits > Number.MAX_SAFE_INTEGER) throw new Malformed('a shape is too large to count its bytes');
  if (bits % 8 !== 0) throw new Malformed(`elements of type ${dtype} end inside a byte`);
  return bits / 8;
}
