import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import {
  referenceKernels,
  type KernelName,
  type ReferenceKernel,
} from '../../../src/main/engine/kernels/reference/index.ts';

const pages = 6;
const size = pages * 65_536;
/** Noise between two regions, in which a kernel that leaves one is caught. */
const gap = 48;

const memory = new WebAssembly.Memory({ initial: pages, maximum: 65_536, shared: true });
const compiledBytes = new Uint8Array(memory.buffer);
const referenceBytes = new Uint8Array(size);

/** The exports of the compiled kernels. */
export const compiledKernels = new WebAssembly.Instance(
  new WebAssembly.Module(readFileSync(new URL('../../../build/kernels.wasm', import.meta.url))),
  {
    env: {
      memory,
      abort: () => {
        throw new Error('A kernel stopped itself');
      },
    },
  },
).exports as Readonly<Record<string, (...args: number[]) => unknown>>;

const noise = new Uint8Array(size);
for (let at = 0, state = 1; at < size; at += 1) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  noise[at] = state >>> 24;
}

/** A region that a kernel may write. */
export interface Output {
  readonly address: number;
  readonly bytes: number;
  /** Bytes of the region, from its end, that may hold anything afterwards. */
  readonly scratch?: number;
}

/** What a kernel may write; where that depends on its result, as a function. */
export type Outputs = readonly Output[] | ((result: number) => readonly Output[]);

/**
 * Two memories with equal bytes, one for a compiled kernel and one for its twin: regions that a test places, with
 * noise around them. There is one pair for all tests of a file; each `new Twins()` starts it afresh.
 */
export class Twins {
  #next = gap;
  #end = size;

  constructor() {
    compiledBytes.set(noise);
    referenceBytes.set(noise);
  }

  /** Places bytes; returns their address. */
  put(content: ArrayBufferView): number {
    const address = this.room(content.byteLength);
    this.#set(address, content);
    return address;
  }

  /** Places noise. */
  room(bytes: number): number {
    const address = this.#next;
    this.#next += bytes + gap;
    expect(this.#next).toBeLessThanOrEqual(this.#end);
    return address;
  }

  /** Places bytes so that memory ends `slack` bytes behind them: to read further is an error. Once per memory. */
  putAtEnd(content: ArrayBufferView, slack: number): number {
    expect(this.#end).toBe(size);
    const address = size - slack - content.byteLength;
    this.#end = address - gap;
    expect(this.#next).toBeLessThanOrEqual(this.#end);
    this.#set(address, content);
    return address;
  }

  #set(address: number, content: ArrayBufferView): void {
    const bytes = new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
    compiledBytes.set(bytes, address);
    referenceBytes.set(bytes, address);
  }

  /** The compiled kernel's bytes of a region, copied. */
  bytes(address: number, bytes: number): Uint8Array {
    return compiledBytes.slice(address, address + bytes);
  }

  /** The compiled kernel's memory, and the twin's. */
  views(): [DataView, DataView] {
    return [new DataView(memory.buffer), new DataView(referenceBytes.buffer)];
  }

  /**
   * Runs a kernel and its twin: the results are equal, all of memory is equal but for scratch, and outside of the
   * outputs it is what it was.
   * @returns the result; of type usize, unsigned
   */
  run(name: KernelName, args: readonly number[], outputs: Outputs): number {
    const result = this.runCompiled(name, args, outputs);
    expect(runReference(name, args)).toBe(result);
    this.settle((typeof outputs === 'function' ? outputs(result) : outputs).map(scratchOf));
    return result;
  }

  /** Runs the compiled kernel alone: outside of the outputs, memory is what it was. */
  runCompiled(name: KernelName, args: readonly number[], outputs: Outputs): number {
    const expected = compiledBytes.slice();
    const result = Number(compiledKernels[name]?.(...args)) >>> 0;
    for (const { address, bytes } of typeof outputs === 'function' ? outputs(result) : outputs) {
      expected.set(compiledBytes.subarray(address, address + bytes), address);
    }
    expectEqual(compiledBytes, expected);
    return result;
  }

  /** Makes regions, where both may hold what they like, equal; then all of memory must be. */
  settle(regions: readonly Output[]): void {
    for (const { address, bytes } of regions) {
      referenceBytes.set(compiledBytes.subarray(address, address + bytes), address);
    }
    expectEqual(compiledBytes, referenceBytes);
  }
}

/** Runs the twin of a kernel. */
export function runReference(name: KernelName, args: readonly number[]): number {
  const kernel: ReferenceKernel = referenceKernels[name];
  return kernel(referenceBytes.buffer, ...args);
}

function scratchOf({ address, bytes, scratch = 0 }: Output): Output {
  return { address: address + bytes - scratch, bytes: scratch };
}

/** As `expect(actual).toEqual(expected)`, but quick, and telling where. */
function expectEqual(actual: Uint8Array, expected: Uint8Array): void {
  if (Buffer.compare(actual, expected) === 0) return;
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  const excerpt = (bytes: Uint8Array): string => Buffer.from(bytes.slice(at, at + 16)).toString('hex');
  expect(`${at}: ${excerpt(actual)}`).toBe(`${at}: ${excerpt(expected)}`);
}
