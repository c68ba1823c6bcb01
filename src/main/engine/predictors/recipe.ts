/** How the prediction of a tensor is made from its inputs. Stored in the delta; versions never change meaning. */
export interface Recipe {
  /**
   * `none`: nothing predicts it. `same`: the input's elements. `cast`: the input's elements rounded to the child's
   * type. `scaled`: alpha times the input's elements, rounded to the child's type.
   */
  readonly predictor: 'none' | 'same' | 'cast' | 'scaled';
  readonly version: 0;
  /** Bits of the float32 factor of `scaled`. */
  readonly alpha?: number;
  /** An F32 tensor whose elements all lie on this grid is predicted and coded there. */
  readonly grid?: 'BF16' | 'F16';
}

const cell = new DataView(new ArrayBuffer(4));

/** Float32 value of the bits of a factor. */
export function factorOf(bits: number): number {
  cell.setUint32(0, bits);
  return cell.getFloat32(0);
}

/** Bits of a factor, rounded to float32. */
export function factorBits(factor: number): number {
  cell.setFloat32(0, factor);
  return cell.getUint32(0);
}
