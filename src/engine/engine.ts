/**
 * The engine: one WebAssembly instance, one memory, one arena. Everything made on one engine shares its memory, so a
 * chain of processors passes pointers and copies nothing.
 */
import { Arena } from './arena.js';
import { decodeBase64 } from './base64.js';
import { checkInteger, checkOptions, throwType } from './check.js';
import { EngineMemoryError } from './errors.js';
import { type Kernels, kernelParameters } from './exports.js';

const PAGE_BYTES = 65536;
const MAXIMUM_BYTES = 2 ** 30;
const DEFAULT_BYTES = 16 * 2 ** 20;

export interface EngineOptions {
  /** Bytes of the engine's memory, up to 2^30; rounded up to 64 KiB. It is reserved at once and never grows. Default 16 MiB. */
  readonly memory?: number;
}

let compiled: Promise<WebAssembly.Module> | undefined;

async function compile(): Promise<WebAssembly.Module> {
  const { default: base64 } = await import('../../wasm/simd.base64.js');
  // Every runtime with WebAssembly SIMD has DecompressionStream but a worklet, and that takes bytes (`fromBytes`).
  const deflated = new Blob([decodeBase64(base64)]).stream();
  const bytes = await new Response(deflated.pipeThrough(new DecompressionStream('deflate-raw'))).arrayBuffer();
  return WebAssembly.compile(bytes);
}

/**
 * A WebAssembly instance with the kernels and the memory they work in. Not for real time itself: make it, and every
 * processor on it, before the sound starts.
 *
 * @example
 * ```ts
 * import { Engine } from 'paley';
 *
 * const engine = await Engine.load({ memory: 32 * 2 ** 20 });
 * console.log(engine.memory.free, 'of', engine.memory.size, 'bytes free');
 * ```
 */
export class Engine {
  /** The arena: `free` and `size` in bytes. */
  readonly memory: Arena;
  /** The kernels of wasm/simd.wasm. */
  readonly kernels: Kernels;
  /** The memory itself. It is never detached: no view of it goes stale. */
  readonly buffer: ArrayBuffer;
  readonly #module: WebAssembly.Module;

  private constructor(module: WebAssembly.Module, options: EngineOptions) {
    checkOptions('EngineOptions', options, ['memory']);
    const bytes = checkInteger('memory', options.memory ?? DEFAULT_BYTES, PAGE_BYTES, MAXIMUM_BYTES);
    const instance = instantiate(module);
    const memory = instance.exports.memory as WebAssembly.Memory;
    const missingPages = Math.ceil(bytes / PAGE_BYTES) - memory.buffer.byteLength / PAGE_BYTES;
    try {
      if (missingPages > 0) memory.grow(missingPages);
    } catch (cause) {
      throw new EngineMemoryError(
        `the runtime refused ${bytes} bytes of WebAssembly memory (${(cause as Error).message}): pass a smaller { memory }`,
        bytes,
        0,
      );
    }
    this.#module = module;
    // A copy, because looking a function up in an instance's own exports object costs some 10 ns a call.
    this.kernels = { ...instance.exports } as unknown as Kernels;
    this.buffer = memory.buffer;
    // Address 0 stays out of the arena, so that a pointer of 0 is always a mistake.
    this.memory = new Arena(Math.max(1, this.kernels.heapBase()), memory.buffer.byteLength);
  }

  /**
   * Compiles the kernels, once a realm, and returns a fresh engine.
   * @throws RangeError for a memory size out of range; EngineMemoryError where the runtime has not that much.
   */
  static async load(options: EngineOptions = {}): Promise<Engine> {
    compiled ??= compile();
    return new Engine(await compiled, options);
  }

  /**
   * The same from the bytes of wasm/simd.wasm, without waiting: for the constructor of an AudioWorkletProcessor.
   * @throws TypeError where the bytes are not those of this version of paley.
   */
  static fromBytes(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>, options: EngineOptions = {}): Engine {
    if (!(bytes instanceof ArrayBuffer || ArrayBuffer.isView(bytes))) {
      throwType('bytes', 'an ArrayBuffer or Uint8Array with the contents of paley/wasm/simd.wasm', bytes);
    }
    let module: WebAssembly.Module;
    try {
      module = new WebAssembly.Module(bytes);
    } catch (cause) {
      throw new TypeError(
        `bytes expected the contents of paley/wasm/simd.wasm, got what WebAssembly refuses: ${(cause as Error).message}`,
        { cause },
      );
    }
    return new Engine(module, options);
  }

  /** Another engine with memory of its own, from the module already compiled. */
  fresh(options: EngineOptions = { memory: this.memory.size }): Engine {
    return new Engine(this.#module, options);
  }
}

/** Instantiates the module after a look at its exports: other bytes than ours would fail later, and obscurely. */
function instantiate(module: WebAssembly.Module): WebAssembly.Instance {
  const names = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  const missing = ['memory', ...Object.keys(kernelParameters)].filter((name) => !names.has(name));
  if (missing.length > 0 || WebAssembly.Module.imports(module).length > 0) {
    throw new TypeError(
      `bytes expected paley/wasm/simd.wasm of this same version of paley, got a module without ${missing.slice(0, 3).join(', ') || 'matching imports'}`,
    );
  }
  return new WebAssembly.Instance(module);
}
