import fc from 'fast-check';

// Tables as the rANS kernels read them, by the definition of F. Giesen's RansEncSymbolInit for 12 bits.

const slots = 4096;
const entryBytes = 16;

/** Frequencies of the symbols of a table; they add up to 4,096. */
export type Frequencies = ReadonlyMap<number, number>;

/** Shares the slots among symbols: one for each at least, the rest by weight. */
export function shareSlots(symbols: readonly number[], weights: readonly number[]): Frequencies {
  const used = symbols.length > 0 ? symbols : [0];
  const weightOf = (index: number): number => weights[index % weights.length] ?? 0;
  const total = used.reduce((sum, _, index) => sum + weightOf(index), 0);
  const free = slots - used.length;
  const shares = used.map((_, index) => 1 + (total > 0 ? Math.floor((weightOf(index) * free) / total) : 0));
  const left = slots - shares.reduce((sum, share) => sum + share, 0);
  return new Map(used.map((symbol, index) => [symbol, (shares[index] ?? 0) + (index === 0 ? left : 0)]));
}

/** Weights for `shareSlots`: even, or so uneven that most symbols have one slot. */
export const slotWeights = fc.array(fc.oneof(fc.nat(10), fc.nat(10_000), fc.constant(0)), {
  minLength: 1,
  maxLength: 30,
});

/** Tables of an alphabet in both forms, one after another. */
export class RansTables {
  readonly encoding: Uint8Array;
  readonly decoding: Uint8Array;
  readonly #alphabet: number;

  constructor(tables: readonly Frequencies[], alphabet: number) {
    this.#alphabet = alphabet;
    this.encoding = new Uint8Array(tables.length * alphabet * entryBytes);
    this.decoding = new Uint8Array(tables.length * (slots + alphabet * 4));
    for (const [number, frequencies] of tables.entries()) this.#fill(number, frequencies);
  }

  #fill(number: number, frequencies: Frequencies): void {
    const encoding = new DataView(this.encoding.buffer);
    const decoding = new DataView(this.decoding.buffer);
    const slotsAt = this.decodingOffset(number);
    let start = 0;
    for (const [symbol, frequency] of frequencies) {
      const at = this.encodingOffset(number) + symbol * entryBytes;
      const log = Math.ceil(Math.log2(frequency));
      const once = frequency < 2;
      encoding.setUint32(at, frequency * 2 ** 19, true);
      encoding.setUint32(at + 4, once ? 0xffffffff : Math.ceil(2 ** (log + 31) / frequency), true);
      encoding.setUint32(at + 8, once ? start + slots - 1 : start, true);
      encoding.setUint16(at + 12, slots - frequency, true);
      encoding.setUint16(at + 14, once ? 32 : 32 + log - 1, true);
      this.decoding.fill(symbol, slotsAt + start, slotsAt + start + frequency);
      decoding.setUint32(slotsAt + slots + symbol * 4, frequency * 2 ** 16 + start, true);
      start += frequency;
    }
  }

  /** Where an encoding table begins. */
  encodingOffset(number: number): number {
    return number * this.#alphabet * entryBytes;
  }

  /** Where a decoding table begins. */
  decodingOffset(number: number): number {
    return number * (slots + this.#alphabet * 4);
  }
}
