import { DeltashelfError } from '../../../shared/index.ts';
import type { KernelArgument, KernelCall } from './pool.ts';

/** One instance of the kernels' module on the thread that made it. */
export class Kernels {
  readonly #exports: Readonly<Record<string, unknown>>;
  readonly #worker: number;

  /**
   * @param worker 0-based number of the worker that runs it, for arguments that differ per worker.
   * @throws WebAssembly.LinkError when the module wants another memory or more imports.
   */
  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, worker: number) {
    this.#exports = new WebAssembly.Instance(module, { env: { memory, abort } }).exports;
    this.#worker = worker;
  }

  /**
   * Runs one call and gives its result; 0 for a kernel without one.
   * @throws DeltashelfError `internal` when there is no such kernel, or it trapped.
   */
  call(call: KernelCall): number {
    const kernel = Object.hasOwn(this.#exports, call.kernel) ? this.#exports[call.kernel] : undefined;
    if (typeof kernel !== 'function') throw failure(call.kernel, 'there is no such kernel');
    if (kernel.length !== call.args.length) {
      // JavaScript would pass 0 for a missing address, and the kernel would write there.
      throw failure(call.kernel, `it takes ${kernel.length} arguments and was given ${call.args.length}`);
    }
    let result: unknown;
    try {
      result = Reflect.apply(
        kernel,
        undefined,
        call.args.map((argument) => this.#resolve(argument)),
      );
    } catch (error) {
      throw failure(call.kernel, error instanceof Error ? error.message : String(error), error);
    }
    if (result === undefined) return 0;
    if (typeof result !== 'number')
      throw failure(call.kernel, `its result is a ${typeof result}, not a number`);
    return result;
  }

  #resolve(argument: KernelArgument): number {
    return typeof argument === 'number' ? argument : argument.perWorker + this.#worker * argument.stride;
  }
}

function failure(kernel: string, reason: string, cause?: unknown): DeltashelfError {
  return new DeltashelfError(
    'internal',
    `The kernel "${kernel}" failed: ${reason}. No file was changed by it. This is a fault in Deltashelf; please report it.`,
    {},
    cause,
  );
}

/** What an AssemblyScript module calls when an assertion of its own fails; its texts are left unread. */
function abort(_message: number, _file: number, line: number, column: number): never {
  throw new Error(`it stopped itself at line ${line}, column ${column}`);
}
