import type { Dtype } from '../dtypes.ts';

/** How a GGML type lies in memory: `elements` weights packed in `bytes` bytes. */
export interface GgmlType {
  readonly elements: number;
  readonly bytes: number;
  /** Set where the elements are plain numbers the engine knows. */
  readonly dtype?: Dtype;
}

function plain(dtype: Dtype, bytes: number): GgmlType {
  return { elements: 1, bytes, dtype };
}

function blocks(elements: number, bytes: number): GgmlType {
  return { elements, bytes };
}

/**
 * Types by their number in a GGUF file, with the block sizes of ggml (`enum ggml_type` in ggml.h, the structs in
 * ggml-common.h, `GGML_QUANT_SIZES` of gguf-py). A number that is missing here is legal: see `readGguf`.
 */
export const ggmlTypes: ReadonlyMap<number, GgmlType> = new Map([
  [0, plain('F32', 4)],
  [1, plain('F16', 2)],
  [2, blocks(32, 18)], // Q4_0
  [3, blocks(32, 20)], // Q4_1
  [6, blocks(32, 22)], // Q5_0
  [7, blocks(32, 24)], // Q5_1
  [8, blocks(32, 34)], // Q8_0
  [9, blocks(32, 36)], // Q8_1
  [10, blocks(256, 84)], // Q2_K
  [11, blocks(256, 110)], // Q3_K
  [12, blocks(256, 144)], // Q4_K
  [13, blocks(256, 176)], // Q5_K
  [14, blocks(256, 210)], // Q6_K
  [15, blocks(256, 292)], // Q8_K
  [16, blocks(256, 66)], // IQ2_XXS
  [17, blocks(256, 74)], // IQ2_XS
  [18, blocks(256, 98)], // IQ3_XXS
  [19, blocks(256, 50)], // IQ1_S
  [20, blocks(32, 18)], // IQ4_NL
  [21, blocks(256, 110)], // IQ3_S
  [22, blocks(256, 82)], // IQ2_S
  [23, blocks(256, 136)], // IQ4_XS
  [24, plain('I8', 1)],
  [25, plain('I16', 2)],
  [26, plain('I32', 4)],
  [27, plain('I64', 8)],
  [28, plain('F64', 8)],
  [29, blocks(256, 56)], // IQ1_M
  [30, plain('BF16', 2)],
  [34, blocks(256, 54)], // TQ1_0
  [35, blocks(256, 66)], // TQ2_0
  [39, blocks(32, 17)], // MXFP4
  [40, blocks(64, 36)], // NVFP4
  [41, blocks(128, 18)], // Q1_0
]);
