import { count as countByte, type Memory } from './memory.ts';

// Elements are BigInt, so that all widths up to eight bytes are one piece of code.

/** How the parent takes part: 0 not at all, 1 by exclusive or, 2 by difference. */
const plain = 0;
const exclusiveOr = 1;

function elementAt(memory: Memory, address: number, width: number, index: number): bigint {
  const bytes = new Uint8Array(memory, address + index * width, width);
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** A signed number as an unsigned one: 0, -1, 1, -2 ... */
function folded(value: bigint): bigint {
  return value < 0n ? -2n * value - 1n : 2n * value;
}

function unfolded(value: bigint): bigint {
  return value % 2n === 0n ? value / 2n : -(value + 1n) / 2n;
}

function residual(child: bigint, parent: bigint, mode: number, bits: number): bigint {
  if (mode === plain) return child;
  if (mode === exclusiveOr) return child ^ parent;
  return folded(BigInt.asIntN(bits, child - parent));
}

function restored(value: bigint, parent: bigint, mode: number, bits: number): bigint {
  if (mode === plain) return value;
  if (mode === exclusiveOr) return value ^ parent;
  return BigInt.asUintN(bits, parent + unfolded(value));
}

export function split(
  memory: Memory,
  width: number,
  child: number,
  parent: number,
  count: number,
  mode: number,
  planes: number,
): number {
  const bytes = new Uint8Array(memory);
  for (let index = 0; index < count; index += 1) {
    const predicted = mode === plain ? 0n : elementAt(memory, parent, width, index);
    const value = residual(elementAt(memory, child, width, index), predicted, mode, width * 8);
    for (let plane = 0; plane < width; plane += 1) {
      bytes[planes + plane * count + index] = Number((value >> BigInt(plane * 8)) & 0xffn);
    }
  }
  return 0;
}

export function merge(
  memory: Memory,
  width: number,
  planes: number,
  parent: number,
  count: number,
  mode: number,
  child: number,
): number {
  const bytes = new Uint8Array(memory);
  for (let index = 0; index < count; index += 1) {
    let value = 0n;
    for (let plane = 0; plane < width; plane += 1) {
      value |= BigInt(bytes[planes + plane * count + index]!) << BigInt(plane * 8);
    }
    const predicted = mode === plain ? 0n : elementAt(memory, parent, width, index);
    const element = restored(value, predicted, mode, width * 8);
    for (let byte = 0; byte < width; byte += 1) {
      bytes[child + index * width + byte] = Number((element >> BigInt(byte * 8)) & 0xffn);
    }
  }
  return 0;
}

export function splitXor16(
  memory: Memory,
  child: number,
  parent: number,
  count: number,
  planes: number,
): number {
  return split(memory, 2, child, parent, count, exclusiveOr, planes);
}

export function mergeXor16(
  memory: Memory,
  planes: number,
  parent: number,
  count: number,
  child: number,
): number {
  return merge(memory, 2, planes, parent, count, exclusiveOr, child);
}

export function byteContexts(
  memory: Memory,
  parent: number,
  shift: number,
  count: number,
  cells: number,
): number {
  const view = new DataView(memory);
  for (let index = 0; index < count; index += 1) {
    view.setUint16(cells + index * 2, parent === 0 ? 0 : view.getUint8(parent + index) >> shift, true);
  }
  return 0;
}

export function countBytes(
  memory: Memory,
  bytes: number,
  parent: number,
  shift: number,
  count: number,
  cells: number,
  histogram: number,
): number {
  const view = new DataView(memory);
  byteContexts(memory, parent, shift, count, cells);
  for (let index = 0; index < count; index += 1) {
    const cell = view.getUint16(cells + index * 2, true);
    countByte(memory, histogram, cell * 256 + view.getUint8(bytes + index));
  }
  return 0;
}

export function findChanges(
  memory: Memory,
  child: number,
  parent: number,
  count: number,
  width: number,
  most: number,
  places: number,
): number {
  const view = new DataView(memory);
  let found = 0;
  for (let index = 0; index < count; index += 1) {
    if (elementAt(memory, child, width, index) === elementAt(memory, parent, width, index)) continue;
    if (found === most) return most + 1;
    view.setUint32(places + found * 4, index, true);
    found += 1;
  }
  return found;
}
