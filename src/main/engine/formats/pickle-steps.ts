import type { ByteCursor } from './cursor.ts';
import { Malformed } from './malformed.ts';
import { byOpcode, op } from './pickle-opcodes.ts';
import type { PickleStack } from './pickle-stack.ts';
import { constant, type PickleDict, type PickleList, type PickleValue } from './pickle-values.ts';
import type { PickleWorld } from './pickle-world.ts';

/** Integers up to this many bytes are read; longer ones cannot be a size. */
const maxIntegerBytes = 8;

type Step = (stack: PickleStack, cursor: ByteCursor, world: PickleWorld) => void;

/**
 * What each step does. Found by its opcode in one look: a pickle has millions of steps, and a chain of comparisons
 * would cost more than the steps.
 */
const steps = byOpcode<Step>([
  // Steps that push a value of their own.
  [op.none, (stack) => stack.push(null)],
  [op.newtrue, (stack) => stack.push(true)],
  [op.newfalse, (stack) => stack.push(false)],
  [op.binint, (stack, cursor) => stack.push(cursor.i32())],
  [op.binint1, (stack, cursor) => stack.push(cursor.u8())],
  [op.binint2, (stack, cursor) => stack.push(cursor.u16())],
  [op.long1, (stack, cursor) => stack.push(readInteger(cursor, cursor.u8()))],
  [op.long4, (stack, cursor) => stack.push(readInteger(cursor, cursor.u32()))],
  [op.binfloat, (stack, cursor) => stack.push(cursor.f64BigEndian())],
  [op.emptyTuple, (stack) => stack.push({ kind: 'tuple', items: [] })],
  [op.emptyList, (stack) => stack.push({ kind: 'list', items: [] })],
  [op.emptyDict, (stack) => stack.push({ kind: 'dict', items: new Map() })],
  [op.emptySet, (stack) => stack.push(constant)],

  // Steps that move values between stack, marks and memo. Frames only help to read ahead.
  [op.mark, (stack) => stack.mark()],
  [op.pop, popOrMark],
  [op.popMark, (stack) => void stack.popToMark()],
  [op.dup, (stack) => stack.push(stack.top())],
  [op.binput, (stack, cursor) => stack.remember(cursor.u8())],
  [op.longBinput, (stack, cursor) => stack.remember(cursor.u32())],
  [op.memoize, (stack) => stack.remember(stack.memoSize)],
  [op.binget, (stack, cursor) => stack.recall(cursor.u8())],
  [op.longBinget, (stack, cursor) => stack.recall(cursor.u32())],
  [op.frame, (_stack, cursor) => cursor.skip(8)],

  // Steps that make one value of several.
  [op.tuple1, (stack) => stack.push({ kind: 'tuple', items: stack.take(1) })],
  [op.tuple2, (stack) => stack.push({ kind: 'tuple', items: stack.take(2) })],
  [op.tuple3, (stack) => stack.push({ kind: 'tuple', items: stack.take(3) })],
  [op.tuple, (stack) => stack.push({ kind: 'tuple', items: stack.popToMark() })],
  [op.list, (stack) => stack.push({ kind: 'list', items: stack.popToMark() })],
  [op.dict, (stack) => stack.push({ kind: 'dict', items: new Map(pairs(stack.popToMark())) })],
  [op.frozenset, dropToMark],
  [op.additems, (stack) => void stack.popToMark()],
  [op.append, (stack) => appendTo(stack, stack.take(1))],
  [op.appends, (stack) => appendTo(stack, stack.popToMark())],
  [op.setitem, (stack) => setOn(stack, stack.take(2))],
  [op.setitems, (stack) => setOn(stack, stack.popToMark())],

  // Steps whose meaning the world decides.
  [op.stackGlobal, nameGlobal],
  [op.reduce, reduce],
  [op.newobj, reduce],
  [op.build, build],
  [op.binpersid, (stack, _cursor, world) => stack.push(world.persistent(stack.pop()))],
]);

/**
 * Takes one step that needs no text.
 * @throws Malformed where the opcode is refused, or the step cannot be taken
 */
export function takeStep(code: number, cursor: ByteCursor, stack: PickleStack, world: PickleWorld): void {
  const step = steps[code];
  if (step === undefined)
    throw new Malformed(`its pickle uses the opcode 0x${code.toString(16)}, which is refused`);
  step(stack, cursor, world);
}

/** Python's machine pops a mark this way too. */
function popOrMark(stack: PickleStack): void {
  if (stack.atMark) stack.popToMark();
  else stack.pop();
}

function dropToMark(stack: PickleStack): void {
  stack.popToMark();
  stack.push(constant);
}

function nameGlobal(stack: PickleStack, _cursor: ByteCursor, world: PickleWorld): void {
  const name = stack.pop();
  const module = stack.pop();
  if (typeof module !== 'string' || typeof name !== 'string') {
    throw new Malformed('its pickle names a global by something else than text');
  }
  stack.push(world.global(module, name));
}

function reduce(stack: PickleStack, _cursor: ByteCursor, world: PickleWorld): void {
  const args = stack.pop();
  stack.push(world.reduce(stack.pop(), args));
}

function build(stack: PickleStack, _cursor: ByteCursor, world: PickleWorld): void {
  const state = stack.pop();
  world.build(stack.top(), state);
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
