import type { ByteCursor } from './cursor.ts';
import { Malformed } from './malformed.ts';
import { op } from './pickle-opcodes.ts';
import { PickleStack } from './pickle-stack.ts';
import { constant, type PickleDict, type PickleList, type PickleValue } from './pickle-values.ts';

/** Steps of one interpretation. A tensor takes about 60. */
const maxSteps = 20_000_000;

/** Bytes of text that is kept; longer text cannot be a name and is only stepped over. */
const maxTextBytes = 64 * 1024;

/** Bytes of the module or the name of a global. */
const maxGlobalBytes = 1024;

/** Bytes that any step needs at hand before its variable part. */
const stepBytes = 16;

/** Integers up to this many bytes are read; longer ones cannot be a size. */
const maxIntegerBytes = 8;

const firstProtocol = 2;
const lastProtocol = 5;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What the names in a pickle mean. The machine itself knows no name and calls nothing but this. */
export interface PickleWorld {
  /** @throws Malformed for every name that is not allowed. */
  global(module: string, name: string): PickleValue;
  /** The description of what calling `callable` would make. */
  reduce(callable: PickleValue, args: PickleValue): PickleValue;
  /** Accepts or refuses a state that would be set on `target`. */
  build(target: PickleValue, state: PickleValue): void;
  /** What a persistent id stands for. */
  persistent(id: PickleValue): PickleValue;
}

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
    const text = textLength(code, cursor);
    if (text !== undefined) stack.push(await readText(cursor, text));
    else if (code === op.global) stack.push(await readGlobal(cursor, world));
    else if (!pushConstant(code, cursor, stack) && !arrange(code, cursor, stack)) combine(code, stack, world);
  }
  throw new Malformed(`its pickle takes more than ${maxSteps} steps`);
}

interface TextLength {
  readonly length: number;
  /** Text of Python 3, which may be a name; otherwise bytes. */
  readonly unicode: boolean;
}

function textLength(code: number, cursor: ByteCursor): TextLength | undefined {
  switch (code) {
    case op.shortBinunicode:
      return { length: cursor.u8(), unicode: true };
    case op.binunicode:
      return { length: cursor.u32(), unicode: true };
    case op.binunicode8:
      return { length: cursor.u64(), unicode: true };
    case op.shortBinstring:
      return { length: cursor.u8(), unicode: true };
    case op.binstring:
      return { length: cursor.u32(), unicode: true };
    case op.shortBinbytes:
      return { length: cursor.u8(), unicode: false };
    case op.binbytes:
      return { length: cursor.u32(), unicode: false };
    case op.binbytes8:
    case op.bytearray8:
      return { length: cursor.u64(), unicode: false };
    default:
      return undefined;
  }
}

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

/** Steps that push a value of their own; false if `code` is none of them. */
function pushConstant(code: number, cursor: ByteCursor, stack: PickleStack): boolean {
  switch (code) {
    case op.none:
      stack.push(null);
      return true;
    case op.newtrue:
      stack.push(true);
      return true;
    case op.newfalse:
      stack.push(false);
      return true;
    case op.binint:
      stack.push(cursor.i32());
      return true;
    case op.binint1:
      stack.push(cursor.u8());
      return true;
    case op.binint2:
      stack.push(cursor.u16());
      return true;
    case op.long1:
      stack.push(readInteger(cursor, cursor.u8()));
      return true;
    case op.long4:
      stack.push(readInteger(cursor, cursor.u32()));
      return true;
    case op.binfloat:
      stack.push(cursor.f64BigEndian());
      return true;
    case op.emptyTuple:
      stack.push({ kind: 'tuple', items: [] });
      return true;
    case op.emptyList:
      stack.push({ kind: 'list', items: [] });
      return true;
    case op.emptyDict:
      stack.push({ kind: 'dict', items: new Map() });
      return true;
    case op.emptySet:
      stack.push(constant);
      return true;
    default:
      return false;
  }
}

/** A two's complement integer, least significant byte first. */
function readInteger(cursor: ByteCursor, length: number): PickleValue {
  if (length > maxIntegerBytes) {
    cursor.skip(length);
    return constant;
  }
  let value = 0n;
  for (let at = 0; at < length; at += 1) value |= BigInt(cursor.u8()) << BigInt(8 * at);
  const signed = Number(BigInt.asIntN(8 * length, value));
  return Number.isSafeInteger(signed) ? signed : constant;
}

/** Steps that move values between stack, marks and memo; false if `code` is none of them. */
function arrange(code: number, cursor: ByteCursor, stack: PickleStack): boolean {
  switch (code) {
    case op.mark:
      stack.mark();
      return true;
    case op.pop:
      // Python's machine pops a mark this way too.
      if (stack.atMark) stack.popToMark();
      else stack.pop();
      return true;
    case op.popMark:
      stack.popToMark();
      return true;
    case op.dup:
      stack.push(stack.top());
      return true;
    case op.binput:
      stack.remember(cursor.u8());
      return true;
    case op.longBinput:
      stack.remember(cursor.u32());
      return true;
    case op.memoize:
      stack.remember(stack.memoSize);
      return true;
    case op.binget:
      stack.recall(cursor.u8());
      return true;
    case op.longBinget:
      stack.recall(cursor.u32());
      return true;
    case op.frame:
      // Frames only help to read ahead.
      cursor.skip(8);
      return true;
    default:
      return false;
  }
}

/** Steps that make one value of several. */
function combine(code: number, stack: PickleStack, world: PickleWorld): void {
  switch (code) {
    case op.tuple1:
      stack.push({ kind: 'tuple', items: stack.take(1) });
      return;
    case op.tuple2:
      stack.push({ kind: 'tuple', items: stack.take(2) });
      return;
    case op.tuple3:
      stack.push({ kind: 'tuple', items: stack.take(3) });
      return;
    case op.tuple:
      stack.push({ kind: 'tuple', items: stack.popToMark() });
      return;
    case op.list:
      stack.push({ kind: 'list', items: stack.popToMark() });
      return;
    case op.dict:
      stack.push({ kind: 'dict', items: new Map(pairs(stack.popToMark())) });
      return;
    case op.frozenset:
      stack.popToMark();
      stack.push(constant);
      return;
    case op.additems:
      stack.popToMark();
      return;
    case op.append:
      appendTo(stack, stack.take(1));
      return;
    case op.appends:
      appendTo(stack, stack.popToMark());
      return;
    case op.setitem:
      setOn(stack, stack.take(2));
      return;
    case op.setitems:
      setOn(stack, stack.popToMark());
      return;
    default:
      apply(code, stack, world);
  }
}

/** Steps whose meaning the world decides. */
function apply(code: number, stack: PickleStack, world: PickleWorld): void {
  switch (code) {
    case op.stackGlobal: {
      const name = stack.pop();
      const module = stack.pop();
      if (typeof module !== 'string' || typeof name !== 'string') {
        throw new Malformed('its pickle names a global by something else than text');
      }
      stack.push(world.global(module, name));
      return;
    }
    case op.reduce:
    case op.newobj: {
      const args = stack.pop();
      stack.push(world.reduce(stack.pop(), args));
      return;
    }
    case op.build: {
      const state = stack.pop();
      world.build(stack.top(), state);
      return;
    }
    case op.binpersid:
      stack.push(world.persistent(stack.pop()));
      return;
    default:
      throw new Malformed(`its pickle uses the opcode 0x${code.toString(16)}, which is refused`);
  }
}

function appendTo(stack: PickleStack, values: PickleValue[]): void {
  const list = stack.top();
  if (!isKind<PickleList>(list, 'list'))
    throw new Malformed('its pickle appends to something else than a list');
  for (const value of values) list.items.push(value);
}

function setOn(stack: PickleStack, values: PickleValue[]): void {
  const dict = stack.top();
  if (!isKind<PickleDict>(dict, 'dict'))
    throw new Malformed('its pickle sets items of something else than a dict');
  for (const [key, value] of pairs(values)) dict.items.set(key, value);
}

function* pairs(values: PickleValue[]): Generator<[PickleValue, PickleValue]> {
  for (let at = 0; at < values.length; at += 2) {
    const [key, value] = [values[at], values[at + 1]];
    if (key === undefined || value === undefined) throw new Malformed('its pickle has a key without a value');
    yield [key, value];
  }
}

function isKind<T extends PickleDict | PickleList>(value: PickleValue, kind: T['kind']): value is T {
  return typeof value === 'object' && value !== null && value.kind === kind;
}
