/** Limits of the reader. Each is far above what real files hold, and low enough to bound memory. */

/** Bytes of the JSON header. A tensor takes about 400, so this is 80,000 tensors with long names. */
export const maxHeaderBytes = 32 << 20;

/** Names in the JSON header, those of tensors and of their fields together: each takes memory as an object's key. */
export const maxMembers = 1_500_000;

/** Objects and lists inside each other: header, tensors, tensor, reference or shape. */
export const maxDepth = 4;

/** Bytes of the name of a field or a type in a record. */
export const maxLabelBytes = 64;
