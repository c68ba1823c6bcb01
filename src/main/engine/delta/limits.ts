/** Limits of a delta file. Each is far above what real models need, and low enough to bound memory. */

/** Bytes of one payload; chunks hold about 1 MiB of a child. */
export const maxPayloadBytes = 64 * 1024 * 1024;

/** Bytes of a compressed index. */
export const maxIndexBytes = 64 * 1024 * 1024;

/** Bytes of the JSON text of an index. Half a million tensors take about 80 MB. */
export const maxIndexTextBytes = 256 * 1024 * 1024;

/** Arrays and objects inside each other in an index. */
export const maxIndexDepth = 8;

/** Arrays and objects in an index; a shape is one. */
export const maxIndexContainers = 4_000_000;

/** Numbers, strings and so on in an index. */
export const maxIndexValues = 16_000_000;

export const maxRecords = 2_000_000;
export const maxSegments = 1_000_000;
/** Numbers inside names of tensors. */
export const maxSteps = 8_000_000;
export const maxFiles = 100_000;
export const maxParents = 64;
export const maxRecipes = 250_000;
export const maxFeatures = 256;

/** Characters of a path, of the target of a link, and of a name of a model or writer. */
export const maxPathCharacters = 4096;
export const maxLabelCharacters = 1024;

/** Bytes of the model that one coded chunk may stand for; writers make them about 1 MiB. */
export const maxChunkBytes = 16 * 1024 * 1024;

/** Bytes of the segments that one record may hold together. */
export const maxBundleBytes = 16 * 1024 * 1024;
