import type { Output } from './twins.ts';

/** What `reconstruct` returns when the raw bits ran out. */
export const ranOut = 0xffffffff;
/** Readable bytes that the raw stream needs behind its end. */
export const rawSlack = 24;
/** Counters of all cells. */
export const histogramBytes = 512 * 80 * 4;

/** Where `symbolise` and `symboliseAlone` write; the raw stream is followed by up to eight bytes of scratch. */
export function codedOutputs(at: { symbols: number; count: number; raw: number; histogram: number }) {
  return (rawBits: number): Output[] => [
    { address: at.symbols, bytes: at.count },
    { address: at.raw, bytes: Math.ceil(rawBits / 8) + 8, scratch: 8 },
    { address: at.histogram, bytes: histogramBytes },
  ];
}
