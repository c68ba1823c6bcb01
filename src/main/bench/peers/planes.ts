import { aligned, fullWords } from './lanes.ts';

/**
 * The two loops that the speed of this peer rests on. `planes` is as many planes as a word has bytes, from the
 * least significant byte to the most, each one byte an element and starting at a multiple of four.
 */
export interface PlaneLoops {
  /** Deals out the bytes of `child XOR parent`. */
  split(child: Uint8Array, parent: Uint8Array, planes: readonly Uint8Array[]): void;
  /** The way back: fills `child`. */
  merge(planes: readonly Uint8Array[], parent: Uint8Array, child: Uint8Array): void;
}

/** `count` planes of `elements` bytes behind one another in `memory`, which holds 3 bytes more for each. */
export function planesIn(memory: ArrayBuffer, count: number, elements: number): Uint8Array[] {
  const stride = (elements + 3) & ~3;
  return Array.from({ length: count }, (_, k) => new Uint8Array(memory, k * stride, elements));
}

/** Plain TypeScript, four bytes at a time; words of 1, 2 and 4 bytes, and any other width byte by byte. */
export const plainLoops: PlaneLoops = {
  split(child, parent, planes) {
    const width = planes.length;
    const from = fullWords(aligned(child, 4));
    const base = fullWords(aligned(parent, 4));
    const done =
      width === 2 ? splitPairs(from, base, planes) : width === 4 ? splitQuads(from, base, planes) : 0;
    for (const [k, plane] of planes.entries()) {
      for (let i = done, at = done * width + k; i < plane.length; i++, at += width) {
        plane[i] = (child[at] ?? 0) ^ (parent[at] ?? 0);
      }
    }
  },
  merge(planes, parent, child) {
    const width = planes.length;
    const target = aligned(child, 4);
    const to = fullWords(target);
    const base = fullWords(aligned(parent, 4));
    const done = width === 2 ? mergePairs(planes, base, to) : width === 4 ? mergeQuads(planes, base, to) : 0;
    for (const [k, plane] of planes.entries()) {
      for (let i = done, at = done * width + k; i < plane.length; i++, at += width) {
        target[at] = (plane[i] ?? 0) ^ (parent[at] ?? 0);
      }
    }
    if (target !== child) child.set(target);
  },
};

// The four below move whole words of every plane and return the number of elements they did; the rest is left.

function splitPairs(from: Int32Array, base: Int32Array, planes: readonly Uint8Array[]): number {
  const [low, high] = planes.map(fullWords);
  if (low === undefined || high === undefined) return 0;
  const elements = low.length * 4;
  for (let i = 0, at = 0; i < low.length; i++, at += 2) {
    const a = (from[at] ?? 0) ^ (base[at] ?? 0);
    const b = (from[at + 1] ?? 0) ^ (base[at + 1] ?? 0);
    low[i] = (a & 0xff) | ((a >>> 8) & 0xff00) | ((b & 0xff) << 16) | ((b << 8) & 0xff000000);
    high[i] = ((a >>> 8) & 0xff) | ((a >>> 16) & 0xff00) | ((b << 8) & 0xff0000) | (b & 0xff000000);
  }
  return elements;
}

function mergePairs(planes: readonly Uint8Array[], base: Int32Array, to: Int32Array): number {
  const [low, high] = planes.map(fullWords);
  if (low === undefined || high === undefined) return 0;
  const elements = low.length * 4;
  for (let i = 0, at = 0; i < low.length; i++, at += 2) {
    const l = low[i] ?? 0;
    const h = high[i] ?? 0;
    const a = (l & 0xff) | ((h & 0xff) << 8) | ((l & 0xff00) << 8) | ((h & 0xff00) << 16);
    const b = ((l >>> 16) & 0xff) | ((h >>> 8) & 0xff00) | ((l >>> 8) & 0xff0000) | (h & 0xff000000);
    to[at] = a ^ (base[at] ?? 0);
    to[at + 1] = b ^ (base[at + 1] ?? 0);
  }
  return elements;
}

function splitQuads(from: Int32Array, base: Int32Array, planes: readonly Uint8Array[]): number {
  const [p, q, r, s] = planes.map(fullWords);
  if (p === undefined || q === undefined || r === undefined || s === undefined) return 0;
  const elements = p.length * 4;
  for (let i = 0, at = 0; i < p.length; i++, at += 4) {
    const a = (from[at] ?? 0) ^ (base[at] ?? 0);
    const b = (from[at + 1] ?? 0) ^ (base[at + 1] ?? 0);
    const c = (from[at + 2] ?? 0) ^ (base[at + 2] ?? 0);
    const d = (from[at + 3] ?? 0) ^ (base[at + 3] ?? 0);
    p[i] = (a & 0xff) | ((b & 0xff) << 8) | ((c & 0xff) << 16) | (d << 24);
    q[i] = ((a >>> 8) & 0xff) | (b & 0xff00) | ((c & 0xff00) << 8) | ((d & 0xff00) << 16);
    r[i] = ((a >>> 16) & 0xff) | ((b >>> 8) & 0xff00) | (c & 0xff0000) | ((d & 0xff0000) << 8);
    s[i] = (a >>> 24) | ((b >>> 16) & 0xff00) | ((c >>> 8) & 0xff0000) | (d & 0xff000000);
  }
  return elements;
}

function mergeQuads(planes: readonly Uint8Array[], base: Int32Array, to: Int32Array): number {
  const [p, q, r, s] = planes.map(fullWords);
  if (p === undefined || q === undefined || r === undefined || s === undefined) return 0;
  const elements = p.length * 4;
  for (let i = 0, at = 0; i < p.length; i++, at += 4) {
    const a = p[i] ?? 0;
    const b = q[i] ?? 0;
    const c = r[i] ?? 0;
    const d = s[i] ?? 0;
    to[at] = ((a & 0xff) | ((b & 0xff) << 8) | ((c & 0xff) << 16) | (d << 24)) ^ (base[at] ?? 0);
    to[at + 1] =
      (((a >>> 8) & 0xff) | (b & 0xff00) | ((c & 0xff00) << 8) | ((d & 0xff00) << 16)) ^ (base[at + 1] ?? 0);
    to[at + 2] =
      (((a >>> 16) & 0xff) | ((b >>> 8) & 0xff00) | (c & 0xff0000) | ((d & 0xff0000) << 8)) ^
      (base[at + 2] ?? 0);
    to[at + 3] =
      ((a >>> 24) | ((b >>> 16) & 0xff00) | ((c >>> 8) & 0xff0000) | (d & 0xff000000)) ^ (base[at + 3] ?? 0);
  }
  return elements;
}
