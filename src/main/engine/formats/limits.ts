/** Limits that all readers share. Each is far above what real files hold, and low enough to bound memory. */

/** Tensors in one file. The largest published checkpoints have about 100,000; this many take about 300 MB. */
export const maxTensors = 500_000;

/** Bytes of one name. GGUF fixes 65,535 for its keys; real tensor names stay under 300. */
export const maxNameBytes = 65_535;

/** Dimensions of one tensor: what NumPy and PyTorch can hold. */
export const maxDimensions = 64;
