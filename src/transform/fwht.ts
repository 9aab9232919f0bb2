/**
 * The fast Walsh–Hadamard transform: all sums and differences of n values that a butterfly network of additions can
 * make, n·log2(n) of them and no multiplication. What a Fourier transform does with sinusoids, this does with square
 * waves, for a tenth of the time.
 *
 * Sources: J. L. Walsh, A closed set of normal orthogonal functions (1923); R. E. A. C. Paley, A remarkable series of
 * orthogonal functions (1932), for the dyadic order; F. J. Fino and V. R. Algazi, Unified matrix treatment of the fast
 * Walsh–Hadamard transform (1976).
 */
import { checkFloat32, checkInteger, checkOptions } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { type FwhtOrder, type FwhtScale, WalshPlan } from './_walsh-plan.js';

export interface FwhtOptions {
  /** Values of one transform: a power of two from 1 to 2^20. */
  readonly size: number;
  /** Order of the coefficients. Default `natural`, the fastest. */
  readonly order?: FwhtOrder;
  /** Factor of the forward transform: `none` 1, `orthonormal` 1/√size, `inverse` 1/size. Default `none`. */
  readonly scale?: FwhtScale;
  /** Transforms done by one call, one behind the other in the buffer. Default 1. */
  readonly batch?: number;
}

const OPTION_NAMES = ['size', 'order', 'scale', 'batch'] as const;

/**
 * A Walsh–Hadamard transform of one size, with its buffer in engine memory.
 *
 * Values are float32 and results are within 1e-6·log2(size) relative RMS of exact arithmetic; whole numbers stay exact
 * as long as every sum is below 2^24. NaN and infinities are taken as they are and spread over their transform (the
 * stage, `FwhtStage`, replaces them). `run`, `runInverse`, and `transform` and `inverse` with `out`, are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, Fwht } from 'paley';
 *
 * const engine = await Engine.load();
 * const fwht = new Fwht(engine, { size: 8, order: 'sequency', scale: 'inverse' });
 * console.log(fwht.transform(Float32Array.of(19, -1, 11, -9, -7, 13, -15, 5))); // 2 3 0 4 0 0 10 0
 * fwht.dispose();
 * ```
 */
export class Fwht extends Processor {
  readonly size: number;
  readonly order: FwhtOrder;
  readonly scale: FwhtScale;
  readonly batch: number;
  /** The `size·batch` values that `run` transforms in place: fill it, run, read it. The view never changes. */
  readonly buffer: Float32Array<ArrayBuffer>;
  readonly #pointer: number;
  readonly #plan: WalshPlan;

  /**
   * @throws TypeError or RangeError for options out of range; EngineMemoryError where the engine has no room for the
   * buffer and, for orders other than natural, one transform (and 4096 values at least) more.
   */
  constructor(engine: Engine, options: FwhtOptions) {
    super(engine);
    checkOptions('FwhtOptions', options, OPTION_NAMES);
    const { size, batch = 1 } = options;
    this.#plan = new WalshPlan(engine, size, options);
    this.size = this.#plan.size;
    this.order = this.#plan.order;
    this.scale = this.#plan.scale;
    this.batch = checkInteger('batch', batch, 1, 2 ** 28 / size);
    if (this.#plan.scratchBytes > 0) this.#plan.useScratch(this.reserve(this.#plan.scratchBytes));
    this.buffer = this.reserveFloat32(size * batch);
    this.#pointer = this.buffer.byteOffset;
  }

  /** Transforms `buffer` in place. Real-time safe. */
  run(): void {
    this.checkAlive();
    this.#plan.forward(this.#pointer, this.batch);
  }

  /** Undoes `run` in place, whatever order and scale. Real-time safe. */
  runInverse(): void {
    this.checkAlive();
    this.#plan.inverse(this.#pointer, this.batch);
  }

  /**
   * The transform of `x`, `size·batch` values, in `out` or a fresh array. Overwrites `buffer`. Real-time safe where
   * `out` is given.
   * @throws TypeError or RangeError for arrays of another type or length; DisposedError.
   */
  transform(x: Float32Array, out?: Float32Array): Float32Array {
    this.#take(x, out);
    this.#plan.forward(this.#pointer, this.batch);
    return this.#give(out);
  }

  /** Undoes `transform`, whatever order and scale: shapes, errors and real-time safety are the same. */
  inverse(x: Float32Array, out?: Float32Array): Float32Array {
    this.#take(x, out);
    this.#plan.inverse(this.#pointer, this.batch);
    return this.#give(out);
  }

  #take(x: Float32Array, out: Float32Array | undefined): void {
    this.checkAlive();
    checkFloat32('x', x, this.buffer.length);
    if (out !== undefined) checkFloat32('out', out, this.buffer.length);
    this.buffer.set(x);
  }

  #give(out: Float32Array | undefined): Float32Array {
    if (out === undefined) return this.buffer.slice();
    out.set(this.buffer);
    return out;
  }
}

/**
 * The transform of `x` in one call, for when speed does not matter: it makes an `Fwht` of size `x.length` and disposes
 * of it. `inverse: true` undoes the transform of the same order and scale. Not real-time safe.
 *
 * @throws RangeError where the length of `x` is not a power of two; EngineMemoryError.
 * @example
 * ```ts
 * import { Engine, fwht } from 'paley';
 *
 * const engine = await Engine.load();
 * console.log(fwht(engine, Float32Array.of(1, 2, 3, 4))); // 10 −2 −4 0
 * ```
 */
export function fwht(
  engine: Engine,
  x: Float32Array,
  options: { readonly order?: FwhtOrder; readonly scale?: FwhtScale; readonly inverse?: boolean } = {},
): Float32Array {
  checkFloat32('x', x);
  checkOptions('options', options, ['order', 'scale', 'inverse']);
  const { order, scale, inverse = false } = options;
  const processor = new Fwht(engine, { size: x.length, order, scale });
  try {
    return inverse ? processor.inverse(x) : processor.transform(x);
  } finally {
    processor.dispose();
  }
}
