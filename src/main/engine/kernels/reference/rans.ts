import type { Memory } from './memory.ts';

// rANS by its definition: with true divisions, and lanes as an array of states. Element i belongs to lane i mod
// `lanes`; any number but 1 means eight.

const slots = 4096;
/** States are at least this between two symbols. */
const lower = 2 ** 15;
const word = 2 ** 16;

/** Address of the table of an element: its cell's, by `map`. */
function tableOf(memory: Memory, cells: number, map: number, tables: number, index: number): number {
  const view = new DataView(memory);
  return tables + view.getUint32(map + view.getUint16(cells + index * 2, true) * 4, true);
}

/** Frequency and first slot of a symbol; the entry holds what a multiplication needs instead of the division. */
function encodingEntry(view: DataView, entry: number): { frequency: number; start: number } {
  const frequency = slots - view.getUint16(entry + 12, true);
  const bias = view.getUint32(entry + 8, true);
  return { frequency, start: frequency === 1 ? bias - (slots - 1) : bias };
}

export function encodeSymbols(
  memory: Memory,
  cells: number,
  map: number,
  symbols: number,
  count: number,
  tables: number,
  lanes: number,
  end: number,
): number {
  const view = new DataView(memory);
  const states = new Array<number>(lanes === 1 ? 1 : 8).fill(lower);
  let out = end;
  for (let index = count - 1; index >= 0; index -= 1) {
    const table = tableOf(memory, cells, map, tables, index);
    const { frequency, start } = encodingEntry(view, table + view.getUint8(symbols + index) * 16);
    const lane = index % states.length;
    let state = states[lane]!;
    if (state >= frequency * 2 ** 19) {
      out -= 2;
      view.setUint16(out, state % word, true);
      state = Math.floor(state / word);
    }
    states[lane] = Math.floor(state / frequency) * slots + start + (state % frequency);
  }
  out -= states.length * 4;
  for (const [lane, state] of states.entries()) view.setUint32(out + lane * 4, state, true);
  return out;
}

export function decodeSymbols(
  memory: Memory,
  cells: number,
  map: number,
  symbols: number,
  count: number,
  tables: number,
  lanes: number,
  input: number,
  bytes: number,
): number {
  if (bytes < lanes * 4) return 0;
  const view = new DataView(memory);
  const states = Array.from({ length: lanes === 1 ? 1 : 8 }, (_, lane) =>
    view.getUint32(input + lane * 4, true),
  );
  const last = input + bytes;
  let next = input + states.length * 4;
  for (let index = 0; index < count; index += 1) {
    if (next > last) return 0;
    const lane = index % states.length;
    const table = tableOf(memory, cells, map, tables, index);
    let state = states[lane]!;
    const slot = state % slots;
    const symbol = view.getUint8(table + slot);
    view.setUint8(symbols + index, symbol);
    const start = view.getUint16(table + slots + symbol * 4, true);
    const frequency = view.getUint16(table + slots + symbol * 4 + 2, true);
    // Only damaged input leaves the range of u32.
    state = (frequency * Math.floor(state / slots) + slot - start) % 2 ** 32;
    if (state < lower) {
      state = state * word + view.getUint16(next, true);
      next += 2;
    }
    states[lane] = state;
  }
  return Number(next === last && states.every((state) => state === lower));
}
