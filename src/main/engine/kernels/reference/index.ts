// The oracle of the compiled kernels: a slow TypeScript twin of every export, written from what it means.
// Tests run both over equal memories and compare; nothing that ships calls it.
// May enter: only files of this folder; no float arrays, which would change the payloads of NaN.
import { classifyAlone, reconstructAlone, symboliseAlone } from './alone.ts';
import { classify } from './context.ts';
import {
  addChange,
  classifyLevels,
  compareChange,
  quantiseLevels,
  reconstructLevels,
  subtractFloats,
} from './levels.ts';
import type { Memory } from './memory.ts';
import { byteContexts, countBytes, findChanges, merge, mergeXor16, split, splitXor16 } from './planes.ts';
import { narrow, predict, widenAll } from './predict.ts';
import { decodeSymbols, encodeSymbols } from './rans.ts';
import { statistics } from './statistics.ts';
import { reconstruct, symbolise } from './symbols.ts';

/** A kernel's twin: the memory, then the kernel's arguments. Results of type usize are unsigned. */
export type ReferenceKernel = (memory: Memory, ...args: number[]) => number;

/** The twins by the names of the exports. */
export const referenceKernels = {
  addChangeGrid: addChange,
  byteContexts,
  classifyAloneGrid: classifyAlone,
  classifyGrid: classify,
  classifyLevels,
  compareChange,
  countBytes,
  decodeSymbols,
  encodeSymbols,
  findChanges,
  mergePlanes: merge,
  mergeXor16,
  narrowGrid: narrow,
  predictGrid: predict,
  quantiseLevels,
  reconstructAloneGrid: reconstructAlone,
  reconstructGrid: reconstruct,
  reconstructLevels,
  splitPlanes: split,
  splitXor16,
  statisticsGrid: statistics,
  subtractFloats,
  symboliseAloneGrid: symboliseAlone,
  symboliseGrid: symbolise,
  widenGrid: widenAll,
} as const satisfies Readonly<Record<string, ReferenceKernel>>;

/** Name of an export. */
export type KernelName = keyof typeof referenceKernels;
