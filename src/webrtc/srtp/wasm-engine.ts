/** The part of the API that is used; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/** One instance of a module that `assembleModule` made. Its users write to its memory, run it, read from its memory. */
export interface WasmEngine {
  readonly memory: Buffer;
  /** The same memory, for its little-endian words. */
  readonly view: DataView;
  run(end: number): void;
}

/** Null where there is no WebAssembly, or none with the instructions of the module. */
export function instantiate(module: Uint8Array<ArrayBuffer>): WasmEngine | null {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
    const { memory, run } = exports as { memory: { buffer: ArrayBuffer }; run: (end: number) => void };
    return { memory: Buffer.from(memory.buffer), view: new DataView(memory.buffer), run };
  } catch {
    return null;
  }
}
