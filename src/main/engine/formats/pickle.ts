import type { ByteCursor } from './cursor.ts';
import { Malformed } from './malformed.ts';
import { byOpcode, op } from './pickle-opcodes.ts';
import { PickleStack } from './pickle-stack.ts';
import { takeStep } from './pickle-steps.ts';
import { constant, type PickleValue } from './pickle-values.ts';
import type { PickleWorld } from './pickle-world.ts';

/** Steps of one interpretation. A tensor takes about 60. */
const maxSteps = 20_000_000;

/** Bytes of text that is kept; longer text cannot be a name and is only stepped over. */
const maxTextBytes = 64 * 1024;

/** Bytes of the module or the name of a global. */
const maxGlobalBytes = 1024;

/** Bytes that any step needs at hand before its variable part. */
const stepBytes = 16;

const firstProtocol = 2;
const lastProtocol = 5;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Interprets a pickle of protocol 2 to 5 into inert descriptions; executes nothing. Method: the opcodes of Python's
 * `pickletools`, those that the C pickler emits for plain containers, text, numbers and reduced objects; any other
 * opcode (protocol 0 forms, extension registry, out-of-band buffers) is refused.
 * @throws Malformed when the pickle is damaged, refused by `world`, or beyond a limit.
 */
export async function interpretPickle(cursor: ByteCursor, world: PickleWorld): Promise<PickleValue> {
  const stack = new PickleStack();
  await cursor.fill(stepBytes);
  const protocol = cursor.u8() === op.proto ? cursor.u8() : 0;
  if (protocol < firstProtocol || protocol > lastProtocol)
    throw new Malformed('its pickle is of another protocol');
  for (let step = 0; step < maxSteps; step += 1) {
    if (cursor.available < stepBytes) await cursor.fill(stepBytes);
    const code = cursor.u8();
    if (code === op.stop) {
      const value = stack.pop();
      if (stack.size > 0) throw new Malformed('its pickle leaves values behind');
      return value;
    }
    const text = texts[code];
    if (text !== undefined) stack.push(await readText(cursor, text(cursor)));
    else if (code === op.global) stack.push(await readGlobal(cursor, world));
    else takeStep(code, cursor, stack, world);
  }
  throw new Malformed(`its pickle takes more than ${maxSteps} steps`);
}

interface TextLength {
  readonly length: number;
  /** Text of Python 3, which may be a name; otherwise bytes. */
  readonly unicode: boolean;
}

/** How long the text of a step is. */
const texts = byOpcode<(cursor: ByteCursor) => TextLength>([
  [op.shortBinunicode, (cursor) => ({ length: cursor.u8(), unicode: true })],
  [op.binunicode, (cursor) => ({ length: cursor.u32(), unicode: true })],
  [op.binunicode8, (cursor) => ({ length: cursor.u64(), unicode: true })],
  [op.shortBinstring, (cursor) => ({ length: cursor.u8(), unicode: true })],
  [op.binstring, (cursor) => ({ length: cursor.u32(), unicode: true })],
  [op.shortBinbytes, (cursor) => ({ length: cursor.u8(), unicode: false })],
  [op.binbytes, (cursor) => ({ length: cursor.u32(), unicode: false })],
  [op.binbytes8, (cursor) => ({ length: cursor.u64(), unicode: false })],
  [op.bytearray8, (cursor) => ({ length: cursor.u64(), unicode: false })],
]);

async function readText(cursor: ByteCursor, { length, unicode }: TextLength): Promise<PickleValue> {
  if (!unicode || length > maxTextBytes) {
    cursor.skip(length);
    return constant;
  }
  if (cursor.available < length) await cursor.fill(length);
  return decode(cursor.take(length));
}

async function readGlobal(cursor: ByteCursor, world: PickleWorld): Promise<PickleValue> {
  await cursor.fill(2 * maxGlobalBytes);
  const module = readLine(cursor);
  return world.global(module, readLine(cursor));
}

function readLine(cursor: ByteCursor): string {
  const end = cursor.window.subarray(0, cursor.limit).indexOf(0x0a, cursor.index);
  const length = end - cursor.index;
  if (end < 0 || length > maxGlobalBytes) throw new Malformed('its pickle names an overlong global');
  const line = decode(cursor.take(length));
  cursor.skip(1);
  return line;
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Malformed('its pickle has text that is not UTF-8');
  }
}
