import { open } from 'node:fs/promises';

/** Where a generated pair is written to. */
export interface GeneratedPair {
  readonly parent: string;
  readonly child: string;
}

const columns = 4096;
/** Rows of a matrix; the last one has what is left. */
const rows = 4096;
const rowsAtOnce = 512;
const deviation = 0.02;
const step = 0.0003;

/**
 * Writes a parent of normal BF16 weights and its fine-tune, each value a small step away, as safetensors of matrices
 * 4,096 wide. In pieces of some megabytes, whatever the size.
 * @param bytes of the child, about
 */
export async function generatePair(pair: GeneratedPair, bytes: number, signal: AbortSignal): Promise<void> {
  const allRows = Math.max(1, Math.round(bytes / 2 / columns));
  const parent = await open(pair.parent, 'wx');
  const child = await open(pair.child, 'wx');
  try {
    const header = headerOf(allRows);
    await parent.writeFile(header);
    await child.writeFile(header);
    const numbers = new Uint32Array([0x9e37_79b9]);
    for (let done = 0; done < allRows; done += rowsAtOnce) {
      signal.throwIfAborted();
      const count = Math.min(rowsAtOnce, allRows - done) * columns;
      const piece = makePiece(count, numbers);
      await parent.writeFile(piece.parent);
      await child.writeFile(piece.child);
    }
  } finally {
    await parent.close();
    await child.close();
  }
}

function headerOf(allRows: number): Uint8Array {
  const entries: Record<string, unknown> = {};
  for (let first = 0; first < allRows; first += rows) {
    const count = Math.min(rows, allRows - first);
    const start = first * columns * 2;
    entries[`model.layers.${first / rows}.weight`] = {
      dtype: 'BF16',
      shape: [count, columns],
      data_offsets: [start, start + count * columns * 2],
    };
  }
  const json = JSON.stringify(entries);
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}

const word = new Float32Array(1);
const bits = new Uint32Array(word.buffer);

function makePiece(count: number, state: Uint32Array): { parent: Uint8Array; child: Uint8Array } {
  const parent = new Uint16Array(count);
  const child = new Uint16Array(count);
  let random = state[0] ?? 1;
  const next = (): number => {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    return normals[(random >>> 8) & 0xffff] ?? 0;
  };
  for (let at = 0; at < count; at += 1) {
    const old = toBfloat(deviation * next());
    parent[at] = old;
    bits[0] = old << 16;
    child[at] = toBfloat((word[0] ?? 0) + step * next());
  }
  state[0] = random;
  return { parent: new Uint8Array(parent.buffer), child: new Uint8Array(child.buffer) };
}

/** The nearest value of 16 bits, ties to even. */
function toBfloat(value: number): number {
  word[0] = value;
  const whole = bits[0] ?? 0;
  return (whole + 0x7fff + ((whole >>> 16) & 1)) >>> 16;
}

/** 65,536 numbers that are spread as normal ones are. */
const normals = ((): Float32Array => {
  const values = new Float32Array(65_536);
  let seed = 12_345;
  const uniform = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed + 1) / 2 ** 32;
  };
  for (let at = 0; at < values.length; at += 1) {
    values[at] = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  }
  return values;
})();
