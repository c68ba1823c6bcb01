import { DeltashelfError } from '../../../shared/index.ts';
import { quote } from '../formats/malformed.ts';

const view = new DataView(new ArrayBuffer(2));

/**
 * A number rounded to float16, as numpy rounds it.
 * @param what it is, for a sentence: "an outlier"
 * @throws DeltashelfError `usage` where float16 does not reach so far: above 65,504 it becomes infinite
 */
export function half(value: number, what: string, tensor: string): number {
  view.setFloat16(0, value);
  const rounded = view.getFloat16(0);
  if (Number.isFinite(rounded)) return rounded;
  throw new DeltashelfError(
    'usage',
    `Tensor ${quote(tensor)} changes too much: ${what} of ${value.toPrecision(3)} does not fit the float16 in which a ` +
      '.wdelta file keeps it. Nothing was written. Use the strategy sparse, which keeps float32, or a .dshelf.',
    { tensor },
  );
}
