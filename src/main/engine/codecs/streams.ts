/** Elements from which eight interleaved rANS states pay for the bytes they end in. */
const INTERLEAVED = 4096;

/** Number of interleaved rANS states for so many symbols; writer and reader both derive it. */
export function lanesFor(count: number): 1 | 8 {
  return count < INTERLEAVED ? 1 : 8;
}
