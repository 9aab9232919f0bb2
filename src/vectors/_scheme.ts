/** What a codec of vectors is once vectors are turned: coded bytes to and from engine memory. */
import type { Engine } from '../engine/engine.js';
import type { VectorKernels } from './_kernels.js';
import type { ResolvedOptions } from './_vector-options.js';

/** Where a scheme is set up. */
export interface SchemeSite {
  readonly engine: Engine;
  readonly kernels: VectorKernels;
  readonly options: ResolvedOptions;
  /** Engine memory, zeroed, that is given back with the codec. */
  readonly reserve: (bytes: number) => number;
}

/** Pointers are addresses in the engine's memory; vectors are `dimension` float32 values. All of it is real-time safe. */
export interface VectorScheme {
  /** Bytes of a coded vector; where they vary, the most there can be. */
  readonly vectorBytes: number;
  /** Bits a value, without what belongs to the vector as a whole. */
  readonly bits: number;
  /** Where coded vectors differ in length: bytes of the one at `at`, or −1 where it does not end before `end`. */
  readonly lengthAt?: (bytes: Uint8Array, at: number, end: number) => number;
  /** Encodes turned vectors, which it may overwrite; returns the bytes written. */
  encode(target: number, source: number, vectors: number): number;
  /** Decodes; returns how many vectors could not be as they are and became zeros. */
  decode(target: number, source: number, vectors: number): number;
  /** products[i], float64, = ⟨vector i, query⟩, in the turned space; returns the same. */
  readonly dot?: (products: number, source: number, vectors: number, query: number) => number;
}
