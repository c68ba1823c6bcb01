/** Longest code in bits. Decoding looks all of them up in one table. */
export const longestCode = 11;

const tableSize = 1 << longestCode;

/**
 * Lengths of the codes of a prefix code with least total length among those with no code above `longestCode`
 * bits; 0 for a symbol that does not occur. With one symbol only, its length is 1.
 *
 * Package-merge: Larmore and Hirschberg, "A fast algorithm for optimal length-limited Huffman codes" (1990). In
 * round after round, neighbours in the sorted list are packed in pairs and merged with the symbols; a symbol gets
 * one bit for each round in which it is among those needed.
 */
export function codeLengths(counts: Int32Array): Uint8Array {
  const lengths = new Uint8Array(counts.length);
  const symbols = [...counts.keys()].filter((symbol) => (counts[symbol] ?? 0) > 0);
  symbols.sort((a, b) => (counts[a] ?? 0) - (counts[b] ?? 0) || a - b);
  if (symbols.length === 1) lengths[symbols[0] ?? 0] = 1;
  if (symbols.length < 2) return lengths;

  const leaves = symbols.map((symbol) => counts[symbol] ?? 0);
  let weights = leaves;
  // For each round, deepest first: which places of its sorted list hold a symbol and not a package.
  const rounds: boolean[][] = [leaves.map(() => true)];
  for (let round = 1; round < longestCode; round++) {
    const packages: number[] = [];
    for (let i = 1; i < weights.length; i += 2) packages.push((weights[i - 1] ?? 0) + (weights[i] ?? 0));
    const merged = mergeSorted(leaves, packages);
    weights = merged.weights;
    rounds.push(merged.fromFirst);
  }

  let needed = 2 * symbols.length - 2;
  for (const isSymbol of rounds.reverse()) {
    const cheapest = isSymbol.slice(0, needed).filter(Boolean).length;
    for (const symbol of symbols.slice(0, cheapest)) lengths[symbol] = (lengths[symbol] ?? 0) + 1;
    needed = 2 * (needed - cheapest);
  }
  return lengths;
}

function mergeSorted(first: readonly number[], second: readonly number[]) {
  const weights: number[] = [];
  const fromFirst: boolean[] = [];
  let i = 0;
  let j = 0;
  while (i < first.length || j < second.length) {
    const isFirst = (first[i] ?? Infinity) <= (second[j] ?? Infinity);
    weights.push((isFirst ? first[i++] : second[j++]) ?? 0);
    fromFirst.push(isFirst);
  }
  return { weights, fromFirst };
}

/** Bytes that symbols with these counts take in codes of these lengths. */
export function codedBytes(counts: Int32Array, lengths: Uint8Array): number {
  let bits = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    bits += (counts[symbol] ?? 0) * (lengths[symbol] ?? 0);
  }
  return Math.ceil(bits / 8);
}

/**
 * The canonical code of these lengths (shorter codes first, equal lengths by symbol), each entry as
 * `code * 16 + length`. Codes are mirrored: their first bit is the lowest, as they stand in the stream.
 */
function canonicalCodes(lengths: Uint8Array): Uint16Array {
  const codes = new Uint16Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= longestCode; length++) {
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue;
      codes[symbol] = mirror(code, length) * 16 + length;
      code += 1;
    }
    code <<= 1;
  }
  return codes;
}

function mirror(code: number, length: number): number {
  let mirrored = 0;
  for (let bit = 0; bit < length; bit++) mirrored |= ((code >>> bit) & 1) << (length - 1 - bit);
  return mirrored;
}

/**
 * Writes the codes of `symbols`, two at least, into `target`, which has room for `codedBytes` and four bytes more.
 * Two codes of eleven bits and the seven bits left from before fit in one word.
 */
export function writeCodes(symbols: Uint8Array, lengths: Uint8Array, target: Uint8Array): void {
  const codes = canonicalCodes(lengths);
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  const odd = symbols.length & 1;
  let at = 0;
  let word = 0;
  let bits = 0;
  if (odd === 1) {
    const code = codes[symbols[0] ?? 0] ?? 0;
    word = code >>> 4;
    bits = code & 15;
  }
  for (let i = odd; i < symbols.length; i += 2) {
    const first = codes[symbols[i] ?? 0] ?? 0;
    const second = codes[symbols[i + 1] ?? 0] ?? 0;
    word |= (first >>> 4) << bits;
    bits += first & 15;
    word |= (second >>> 4) << bits;
    bits += second & 15;
    view.setInt32(at, word, true);
    at += bits >>> 3;
    word >>>= bits & 24;
    bits &= 7;
  }
}

/** Fills `symbols` from what `writeCodes` wrote; `coded` has four bytes behind the last code, of any content. */
export function readCodes(coded: Uint8Array, lengths: Uint8Array, symbols: Uint8Array): void {
  const table = lookupTable(lengths);
  const view = new DataView(coded.buffer, coded.byteOffset, coded.byteLength);
  const last = coded.byteLength - 4;
  const odd = symbols.length & 1;
  let bit = 0;
  if (odd === 1) {
    const entry = table[view.getUint32(0, true) & (tableSize - 1)] ?? 0;
    symbols[0] = entry >>> 4;
    bit = entry & 15;
  }
  for (let i = odd; i < symbols.length; i += 2) {
    const word = view.getUint32(Math.min(bit >>> 3, last), true) >>> (bit & 7);
    const first = table[word & (tableSize - 1)] ?? 0;
    const second = table[(word >>> (first & 15)) & (tableSize - 1)] ?? 0;
    symbols[i] = first >>> 4;
    symbols[i + 1] = second >>> 4;
    bit += (first & 15) + (second & 15);
  }
}

/** For every eleven bits that may come next: `symbol * 16 + length` of the code that they begin with. */
function lookupTable(lengths: Uint8Array): Uint16Array {
  const table = new Uint16Array(tableSize);
  for (const [symbol, entry] of canonicalCodes(lengths).entries()) {
    const length = entry & 15;
    if (length === 0) continue;
    for (let bits = entry >>> 4; bits < tableSize; bits += 1 << length) table[bits] = symbol * 16 + length;
  }
  return table;
}
