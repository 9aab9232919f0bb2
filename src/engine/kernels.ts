/**
 * Which kernels there are. Every family declares its own beside its classes, so that who bundles one family carries the
 * WebAssembly of that family alone; the engine loads what was declared by then into one memory.
 */

/** What every engine has. Pointers are byte addresses in the engine's memory. */
export interface CoreKernels {
  /** First byte that no static data of the module occupies. */
  heapBase(): number;
  /** Copies `count` float32 values, NaN and infinities as zero; returns how many those were. */
  copyFiniteF32(target: number, source: number, count: number): number;
  /** The same for float64 values. */
  copyFiniteF64(target: number, source: number, count: number): number;
}

/** The kernels' names, each with its number of parameters: the declared interface at run time. */
type ParameterCounts<K> = {
  readonly [Name in keyof K]: K[Name] extends (...parameters: infer P) => unknown ? P['length'] : never;
};

/** One module: wasm/<name>.base64.js, compiled from assembly/<name>/index.ts. */
export interface KernelModule {
  readonly name: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly load: () => Promise<{ default: string }>;
}

const coreParameters: ParameterCounts<CoreKernels> = { heapBase: 0, copyFiniteF32: 3, copyFiniteF64: 3 };

/** The modules declared so far, the engine's own first: it brings the memory. */
export const declaredModules: KernelModule[] = [
  { name: 'engine', parameters: coreParameters, load: () => import('../../wasm/engine.base64.js') },
];

/**
 * Declares a family's kernels. The function returned gives them, typed, on an engine; it asks for an engine that was
 * loaded after the family was imported.
 */
export function declareKernels<K extends object>(
  name: string,
  load: KernelModule['load'],
  parameters: ParameterCounts<K>,
): (engine: { readonly kernels: CoreKernels }) => K & CoreKernels {
  const counts = parameters as Readonly<Record<string, number>>;
  const [first] = Object.keys(counts);
  declaredModules.push({ name, parameters: counts, load });
  return ({ kernels }) => {
    if (!(first in kernels)) {
      throw new TypeError(
        `engine expected one with the kernels of paley/${name}, got one made without them: import paley/${name} before Engine.load(), or give Engine.fromBytes() the bytes of paley/wasm/simd.wasm`,
      );
    }
    return kernels as K & CoreKernels;
  };
}
