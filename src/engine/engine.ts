/**
 * The engine: one WebAssembly instance, one memory, one arena. Everything made on one engine shares its memory, so a
 * chain of processors passes pointers and copies nothing.
 */
import { Arena } from './arena.js';
import { decodeBase64 } from './base64.js';
import { checkInteger, checkOptions, throwType } from './check.js';
import { EngineMemoryError } from './errors.js';
import { type CoreKernels, declaredModules, type KernelModule } from './kernels.js';

const PAGE_BYTES = 65536;
const MAXIMUM_BYTES = 2 ** 30;
const DEFAULT_BYTES = 16 * 2 ** 20;

export interface EngineOptions {
  /** Bytes of the engine's memory, up to 2^30; rounded up to 64 KiB. It is reserved at once and never grows. Default 16 MiB. */
  readonly memory?: number;
}

/** What a module can be compiled from. */
type KernelBytes = ArrayBuffer | Uint8Array<ArrayBuffer>;

const compiled = new Map<KernelModule, Promise<WebAssembly.Module>>();

async function readModule(module: KernelModule): Promise<ArrayBuffer> {
  const { default: base64 } = await module.load();
  // Every runtime with WebAssembly SIMD has DecompressionStream but a worklet, and that takes bytes (`fromBytes`).
  const deflated = new Blob([decodeBase64(base64)]).stream();
  return new Response(deflated.pipeThrough(new DecompressionStream('deflate-raw'))).arrayBuffer();
}

function compileOnce(module: KernelModule): Promise<WebAssembly.Module> {
  let promise = compiled.get(module);
  if (promise === undefined) {
    promise = readModule(module).then((bytes) => WebAssembly.compile(bytes));
    compiled.set(module, promise);
  }
  return promise;
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
  /** The kernels of all families loaded; a family's own door to them (src/<family>/_kernels.ts) has their types. */
  readonly kernels: CoreKernels;
  /** The memory itself. It is never detached: no view of it goes stale. */
  readonly buffer: ArrayBuffer;
  readonly #modules: readonly WebAssembly.Module[];

  private constructor(modules: readonly WebAssembly.Module[], options: EngineOptions) {
    checkOptions('EngineOptions', options, ['memory']);
    const bytes = checkInteger('memory', options.memory ?? DEFAULT_BYTES, PAGE_BYTES, MAXIMUM_BYTES);
    const { memory, kernels } = instantiate(modules);
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
    this.#modules = modules;
    this.kernels = kernels;
    this.buffer = memory.buffer;
    // Address 0 stays out of the arena, so that a pointer of 0 is always a mistake.
    this.memory = new Arena(Math.max(1, this.kernels.heapBase()), memory.buffer.byteLength);
  }

  /**
   * Compiles the kernels of every family imported so far, once a realm, and returns a fresh engine.
   * @throws RangeError for a memory size out of range; EngineMemoryError where the runtime has not that much.
   */
  static async load(options: EngineOptions = {}): Promise<Engine> {
    return new Engine(await Promise.all(declaredModules.map(compileOnce)), options);
  }

  /**
   * The bytes of every family imported so far, for `fromBytes` in a realm that cannot load them itself: a page sends
   * them to its AudioWorklet. Not for real time.
   */
  static async kernelBytes(): Promise<ArrayBuffer[]> {
    return Promise.all(declaredModules.map(readModule));
  }

  /**
   * An engine from the bytes of wasm/simd.wasm, or from what `kernelBytes` gave, without waiting: for the constructor of
   * an AudioWorkletProcessor.
   * @throws TypeError where the bytes are not those of this version of paley.
   */
  static fromBytes(bytes: KernelBytes | readonly KernelBytes[], options: EngineOptions = {}): Engine {
    const parts = Array.isArray(bytes) ? (bytes as readonly KernelBytes[]) : [bytes as KernelBytes];
    return new Engine(parts.map(moduleOf), options);
  }

  /** Another engine with memory of its own, from the modules already compiled. */
  fresh(options: EngineOptions = { memory: this.memory.size }): Engine {
    return new Engine(this.#modules, options);
  }
}

function moduleOf(bytes: KernelBytes): WebAssembly.Module {
  if (!(bytes instanceof ArrayBuffer || ArrayBuffer.isView(bytes))) {
    throwType('bytes', 'an ArrayBuffer or Uint8Array with the contents of paley/wasm/simd.wasm', bytes);
  }
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw new TypeError(
      `bytes expected the contents of paley/wasm/simd.wasm, got what WebAssembly refuses: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/**
 * Instantiates modules, the first with a memory of its own, the others on that, after a look at their exports: other
 * bytes than ours would fail later, and obscurely. A family is there as a whole or not at all.
 */
function instantiate(modules: readonly WebAssembly.Module[]): { memory: WebAssembly.Memory; kernels: CoreKernels } {
  const [core] = declaredModules;
  const names = new Set(modules.flatMap((module) => WebAssembly.Module.exports(module).map(({ name }) => name)));
  const missing = declaredModules
    .map((module) => ({ module, absent: Object.keys(module.parameters).filter((name) => !names.has(name)) }))
    .filter(({ module, absent }) => module === core || absent.length < Object.keys(module.parameters).length)
    .flatMap(({ absent }) => absent);
  const strange = modules.some((module, index) =>
    WebAssembly.Module.imports(module).some(({ kind }) => index === 0 || kind !== 'memory'),
  );
  if (!names.has('memory') || missing.length > 0 || strange) {
    throw new TypeError(
      `bytes expected paley/wasm/simd.wasm of this same version of paley, got a module without ${missing.slice(0, 3).join(', ') || 'matching imports'}`,
    );
  }
  const first = new WebAssembly.Instance(modules[0]);
  const memory = first.exports.memory as WebAssembly.Memory;
  // A copy, because looking a function up in an instance's own exports object costs some 10 ns a call.
  const kernels = { ...first.exports };
  for (const module of modules.slice(1)) {
    Object.assign(kernels, new WebAssembly.Instance(module, { env: { memory } }).exports);
  }
  return { memory, kernels: kernels as unknown as CoreKernels };
}
