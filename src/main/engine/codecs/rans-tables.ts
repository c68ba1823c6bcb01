import { TOTAL } from './frequencies.ts';

// Tables in the form in which the rANS kernels read them.

const ENTRY = 16;
const SLOTS = TOTAL;

/** Bytes of one encoding table. */
export function encodingBytes(alphabet: number): number {
  return alphabet * ENTRY;
}

/** Bytes of one decoding table. */
export function decodingBytes(alphabet: number): number {
  return SLOTS + alphabet * 4;
}

/**
 * Encoding tables, one after another: per symbol u32 bound, u32 reciprocal, u32 bias, u16 complement, u16 shift.
 * Division by the frequency is a multiplication, exact for states below 2^31 (F. Giesen, rans_byte, 2014).
 */
export function encodingTables(frequencies: readonly Uint16Array[], alphabet: number): Uint8Array {
  const bytes = new Uint8Array(frequencies.length * encodingBytes(alphabet));
  const view = new DataView(bytes.buffer);
  for (const [table, row] of frequencies.entries()) {
    let start = 0;
    for (const [symbol, frequency] of row.entries()) {
      if (frequency === 0) continue;
      const at = table * encodingBytes(alphabet) + symbol * ENTRY;
      const shift = Math.ceil(Math.log2(frequency));
      view.setUint32(at, frequency * 2 ** 19, true);
      view.setUint32(at + 4, frequency < 2 ? 0xffffffff : Math.ceil(2 ** (shift + 31) / frequency), true);
      view.setUint32(at + 8, frequency < 2 ? start + TOTAL - 1 : start, true);
      view.setUint16(at + 12, TOTAL - frequency, true);
      view.setUint16(at + 14, frequency < 2 ? 32 : 32 + shift - 1, true);
      start += frequency;
    }
  }
  return bytes;
}

/** Decoding tables, one after another: 4,096 slots (u8 symbol), then per symbol u32 frequency << 16 | start. */
export function decodingTables(frequencies: readonly Uint16Array[], alphabet: number): Uint8Array {
  const bytes = new Uint8Array(frequencies.length * decodingBytes(alphabet));
  const view = new DataView(bytes.buffer);
  for (const [table, row] of frequencies.entries()) {
    const base = table * decodingBytes(alphabet);
    let start = 0;
    for (const [symbol, frequency] of row.entries()) {
      if (frequency === 0) continue;
      bytes.fill(symbol, base + start, base + start + frequency);
      view.setUint32(base + SLOTS + symbol * 4, frequency * 2 ** 16 + start, true);
      start += frequency;
    }
  }
  return bytes;
}

/** Where the table of each context begins, in bytes: what the kernels take as `map`. Unused contexts get table 0. */
export function tableOffsets(map: Uint8Array, tableBytes: number): Uint32Array {
  return Uint32Array.from(map, (table) => (table === 255 ? 0 : table * tableBytes));
}
