/** What one client may take of the host. Far above what a page needs, far below what would hurt. */
export const limits = {
  /** Bytes of a call: 100,000 numbers of models are 0.8 MB. */
  bodyBytes: 1_000_000,
  headerBytes: 16_384,
  headers: 100,
  /** Milliseconds in which the headers, and then the whole request, must have come. */
  headersMs: 10_000,
  requestMs: 30_000,
  /** Connections at a time; a page keeps one for events and six at most for calls. */
  connections: 64,
  /** Pages that are told of events at a time. */
  streams: 16,
  /** Milliseconds between two signs of life on a stream, so that a page notices a dead tunnel. */
  heartbeatMs: 20_000,
  /** Milliseconds between two writes to a stream: a page is told at most ten times a second. */
  tellMs: 100,
} as const;
