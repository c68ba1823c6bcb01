/** Estimates of seconds, from bytes of a model. */
export interface Times {
  readonly decode: (bytes: number) => number;
  readonly read: (bytes: number) => number;
}

/** Measured on one thread of a server's processor; see bench/README.md. */
const DECODED_PER_SECOND = 120e6;
const READ_PER_SECOND = 500e6;

/** @param decodedPerSecond bytes of a model; default what was measured */
export function timesOf(decodedPerSecond = DECODED_PER_SECOND): Times {
  return { decode: (bytes) => bytes / decodedPerSecond, read: (bytes) => bytes / READ_PER_SECOND };
}
