/**
 * The part of the WebAssembly JavaScript interface that the engine uses. TypeScript declares it in its DOM library
 * only, and nothing outside the window may see the DOM.
 */
declare namespace WebAssembly {
  /** A compiled module; may be posted to other threads. */
  class Module {
    private readonly brand;
    constructor(bytes: Uint8Array | ArrayBuffer);
    static exports(module: Module): { name: string; kind: string }[];
    static imports(module: Module): { module: string; name: string; kind: string }[];
  }

  class Instance {
    constructor(module: Module, imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }

  /** Sizes in pages of 64 KiB. */
  interface MemoryDescriptor {
    initial: number;
    maximum?: number;
    shared?: boolean;
  }

  class Memory {
    constructor(descriptor: MemoryDescriptor);
    /** A new object after each `grow`; the old one keeps its length. */
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    /** Adds pages and gives the number of pages there were before. */
    grow(pages: number): number;
  }

  class RuntimeError extends Error {}
  class LinkError extends Error {}
  class CompileError extends Error {}

  function compile(bytes: Uint8Array | ArrayBuffer): Promise<Module>;
}
