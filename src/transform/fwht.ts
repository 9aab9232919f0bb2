/**
 * The fast Walsh–Hadamard transform: all sums and differences of n values that a butterfly network of additions can
 * make, n·log2(n) of them and no multiplication. What a Fourier transform does with sinusoids, this does with square
 * waves, for a tenth of the time.
 *
 * Sources: J. L. Walsh, A closed set of normal orthogonal functions (1923); R. E. A. C. Paley, A remarkable series of
 * orthogonal functions (1932), for the dyadic order; F. J. Fino and V. R. Algazi, Unified matrix treatment of the fast
 * Walsh–Hadamard transform (1976).
 */
import { checkInteger, checkOptions, throwRange } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import {
  bytesOfSample,
  checkSampleArray,
  copyAsSample,
  type FwhtArray,
  type FwhtCoefficients,
  type FwhtOverflow,
  type FwhtSample,
  type FwhtView,
  sampleOf,
  viewOfSample,
} from './_sample-types.js';
import { type FwhtOrder, type FwhtScale, WalshPlan } from './_walsh-plan.js';

export interface FwhtOptions<Sample extends FwhtSample = FwhtSample, Overflow extends FwhtOverflow = FwhtOverflow> {
  /** Values of one transform: 2^k, 12·2^k, 20·2^k or 28·2^k, up to 2^20. */
  readonly size: number;
  /** Order of the coefficients. Default `natural`, the fastest, and the only one for sizes that are not 2^k. */
  readonly order?: FwhtOrder;
  /** Factor of the forward transform: `none` 1, `orthonormal` 1/√size, `inverse` 1/size. Default `none`, the only one for integers. */
  readonly scale?: FwhtScale;
  /** Transforms done by one call, one behind the other in the buffer. Default 1. */
  readonly batch?: number;
  /** Interleaved channels, each transformed by itself: value i of channel c stands at i·channels + c. Default 1. */
  readonly channels?: number;
  /** Type of the samples. Default `f32`. */
  readonly sample?: Sample;
  /** What integers do about sums that do not fit: the class says what each guarantees. Default `wrap`. */
  readonly overflow?: Overflow;
}

const OPTION_NAMES = ['size', 'order', 'scale', 'batch', 'channels', 'sample', 'overflow'] as const;

/**
 * A Walsh–Hadamard transform of one size, with its buffer in engine memory.
 *
 * Floating point. Results are within 1e-6·max(1, log2(size)) (float32) or 1e-14·max(1, log2(size)) (float64) relative RMS of
 * exact arithmetic; whole numbers stay exact as long as every sum is below 2^24 or 2^53. NaN and infinities are taken as
 * they are and spread over their transform (the stage, `FwhtStage`, replaces them).
 *
 * Integers, n = m·2^k values of b = 32 or 16 bits. Where every true coefficient fits in b bits, which |x| < 2^(b−1)/n
 * ensures, all three policies give exactly those, and `inverse` exactly the samples again. Elsewhere:
 * - `wrap`: coefficients are the true ones modulo 2^b, in [−2^(b−1), 2^(b−1)). Where m = 1, `inverse` gives integers
 *   that are the samples modulo 2^(b−k); where m > 1 it promises nothing.
 * - `saturate`: every sum and difference is clamped to b bits, stage after stage from neighbours to halves, and last each
 *   sum of m values, exact until then; a coefficient that overflows so stays at or near the limit and keeps its sign, and
 *   `inverse` comes near the samples.
 * - `widen`: int16 gives int32 coefficients, for n up to 2^16, and int32 gives float64 ones. Always exact, both ways.
 *
 * `inverse` of integers halves sums and differences, stage after stage, and divides exact sums by m, rounding down: of
 * coefficients that were never transformed from integers it gives the samples to within k/2, and 1 more where m > 1.
 *
 * Layout. A transform of m·2^k values multiplies by H_m ⊗ H_{2^k}, with the matrix of `hadamardMatrix`: the buffer is m
 * rows of 2^k values, each row is transformed, and then each column multiplied by H_m. With `channels` the values of
 * transform b are x[(b·size + i)·channels + c].
 *
 * `run`, `runInverse`, and `transform`, `inverse`, `transformStrided` and `inverseStrided` where `out` is given or not
 * taken, are real-time safe.
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
 *
 * @example
 * Integers that cannot overflow:
 * ```ts
 * import { Engine, Fwht } from 'paley';
 *
 * const engine = await Engine.load();
 * const fwht = new Fwht(engine, { size: 4, sample: 'i16', overflow: 'widen' });
 * const coefficients = fwht.transform(Int16Array.of(30000, 30000, 30000, -30000)); // an Int32Array
 * console.log(coefficients, fwht.inverse(coefficients)); // 60000 60000 60000 −60000, and the samples again
 * ```
 */
export class Fwht<Sample extends FwhtSample = 'f32', Overflow extends FwhtOverflow = 'wrap'> extends Processor {
  readonly size: number;
  readonly order: FwhtOrder;
  readonly scale: FwhtScale;
  readonly batch: number;
  readonly channels: number;
  readonly sample: Sample;
  /** Without meaning for floating point. */
  readonly overflow: Overflow;
  /**
   * The `size·batch·channels` values that `run` transforms in place: fill it, run, read it. Its type is that of the
   * coefficients. The view never changes.
   */
  readonly buffer: FwhtView<Sample, Overflow>;
  readonly #pointer: number;
  readonly #plan: WalshPlan;
  readonly #scratch: number;

  /**
   * @throws TypeError or RangeError for options out of range; EngineMemoryError where the engine has no room for the
   * buffer and, but for natural order, one transform more.
   */
  constructor(engine: Engine, options: FwhtOptions<Sample, Overflow>) {
    super(engine);
    checkOptions('FwhtOptions', options, OPTION_NAMES);
    const { size, batch = 1, channels = 1 } = options;
    const plan = new WalshPlan(engine, size, options);
    this.#plan = plan;
    this.size = plan.size;
    this.order = plan.order;
    this.scale = plan.scale;
    this.sample = plan.sample as Sample;
    this.overflow = plan.overflow as Overflow;
    this.channels = checkInteger('channels', channels, 1, 2 ** 16);
    this.batch = checkInteger('batch', batch, 1, Math.floor(2 ** 28 / (size * channels)));
    if (plan.workBytes > 0) plan.useWork(this.reserve(plan.workBytes));
    this.#scratch = channels > 1 ? this.reserve(plan.columnBytes(channels)) : 0;
    const length = size * batch * channels;
    this.#pointer = this.reserve(length * bytesOfSample(plan.working));
    this.buffer = viewOfSample(plan.working, engine.buffer, this.#pointer, length) as FwhtView<Sample, Overflow>;
  }

  /** Transforms `buffer` in place. Real-time safe. */
  run(): void {
    this.checkAlive();
    this.#forward();
  }

  /** Undoes `run` in place, whatever order and scale. Real-time safe. */
  runInverse(): void {
    this.checkAlive();
    this.#inverse();
  }

  /**
   * The transform of `x`, `size·batch·channels` samples, in `out` or a fresh array of coefficients. Overwrites `buffer`.
   * Real-time safe where `out` is given.
   * @throws TypeError or RangeError for arrays of another type or length; DisposedError.
   */
  transform(x: FwhtArray<Sample>, out?: FwhtCoefficients<Sample, Overflow>): FwhtCoefficients<Sample, Overflow> {
    this.checkAlive();
    checkSampleArray('x', x, this.sample, this.buffer.length);
    if (out !== undefined) checkSampleArray('out', out, this.#plan.working, this.buffer.length);
    this.buffer.set(x);
    this.#forward();
    return this.#give(this.#plan.working, out) as FwhtCoefficients<Sample, Overflow>;
  }

  /**
   * Undoes `transform`, whatever order and scale: coefficients in, samples out. Errors and real-time safety are the same.
   * What `widen` leaves of coefficients that no samples have is rounded towards zero and taken modulo 2^32 or 2^16.
   */
  inverse(y: FwhtCoefficients<Sample, Overflow>, out?: FwhtArray<Sample>): FwhtArray<Sample> {
    this.checkAlive();
    checkSampleArray('y', y, this.#plan.working, this.buffer.length);
    if (out !== undefined) checkSampleArray('out', out, this.sample, this.buffer.length);
    this.buffer.set(y);
    this.#inverse();
    return this.#give(this.sample, out) as FwhtArray<Sample>;
  }

  /**
   * Transforms values that do not stand side by side, in place: value i of the buffer's is `data[offset + i·stride]`, for
   * one channel of interleaved data, say, or one column of a matrix; all others stay as they are. Returns `data`.
   * Overwrites `buffer`. Real-time safe. All channels together are faster with the option `channels`.
   * @throws TypeError where `data` is not of the coefficients' type; RangeError where it is too short; DisposedError.
   */
  transformStrided(
    data: FwhtCoefficients<Sample, Overflow>,
    stride: number,
    offset = 0,
  ): FwhtCoefficients<Sample, Overflow> {
    this.#gather(data, stride, offset);
    this.#forward();
    return this.#scatter(data, stride, offset);
  }

  /** Undoes `transformStrided`: arguments, errors and real-time safety are the same. */
  inverseStrided(
    data: FwhtCoefficients<Sample, Overflow>,
    stride: number,
    offset = 0,
  ): FwhtCoefficients<Sample, Overflow> {
    this.#gather(data, stride, offset);
    this.#inverse();
    return this.#scatter(data, stride, offset);
  }

  #forward(): void {
    if (this.channels === 1) {
      this.#plan.forward(this.#pointer, this.batch);
      return;
    }
    const bytes = this.buffer.byteLength / this.batch;
    for (let k = 0; k < this.batch; k++) {
      this.#plan.forwardColumns(this.#pointer + k * bytes, this.channels, this.#scratch);
    }
  }

  #inverse(): void {
    if (this.channels === 1) {
      this.#plan.inverse(this.#pointer, this.batch);
      return;
    }
    const bytes = this.buffer.byteLength / this.batch;
    for (let k = 0; k < this.batch; k++) {
      this.#plan.inverseColumns(this.#pointer + k * bytes, this.channels, this.#scratch);
    }
  }

  #gather(data: FwhtCoefficients<Sample, Overflow>, stride: number, offset: number): void {
    this.checkAlive();
    checkSampleArray('data', data, this.#plan.working);
    checkInteger('stride', stride, 1, 2 ** 28);
    checkInteger('offset', offset, 0, 2 ** 28);
    const { buffer } = this;
    const needed = offset + (buffer.length - 1) * stride + 1;
    if (data.length < needed) throwRange('data', `at least ${needed} values`, data.length);
    for (let i = 0, at = offset; i < buffer.length; i++, at += stride) buffer[i] = data[at];
  }

  #scatter(
    data: FwhtCoefficients<Sample, Overflow>,
    stride: number,
    offset: number,
  ): FwhtCoefficients<Sample, Overflow> {
    const { buffer } = this;
    for (let i = 0, at = offset; i < buffer.length; i++, at += stride) data[at] = buffer[i];
    return data;
  }

  #give(sample: FwhtSample, out: { set(values: ArrayLike<number>): void } | undefined): unknown {
    if (out === undefined) return copyAsSample(sample, this.buffer);
    out.set(this.buffer);
    return out;
  }
}

/** Options of the function form: those of `Fwht` but for size and sample type, which the array tells. */
export interface FwhtFunctionOptions {
  /** Order of the coefficients. Default `natural`. */
  readonly order?: FwhtOrder;
  /** Factor of the forward transform. Default `none`, the only one for integers. */
  readonly scale?: FwhtScale;
  /** What integers do about sums that do not fit; the result has the type of `x`. Default `wrap`. */
  readonly overflow?: 'wrap' | 'saturate';
  /** Undoes the transform of the same order and scale. Default false. */
  readonly inverse?: boolean;
}

/**
 * The transform of `x` in one call, for when speed does not matter: it makes an `Fwht` of size `x.length` and of the type
 * of `x`, and disposes of it. Not real-time safe.
 *
 * @throws TypeError for an array of another type; RangeError where no transform has its length; EngineMemoryError.
 * @example
 * ```ts
 * import { Engine, fwht } from 'paley';
 *
 * const engine = await Engine.load();
 * console.log(fwht(engine, Float32Array.of(1, 2, 3, 4))); // 10 −2 −4 0
 * console.log(fwht(engine, Int16Array.of(10, -2, -4, 0), { inverse: true })); // 1 2 3 4
 * ```
 */
export function fwht<Values extends Float32Array | Float64Array | Int32Array | Int16Array>(
  engine: Engine,
  x: Values,
  options: FwhtFunctionOptions = {},
): Values {
  const sample = sampleOf('x', x);
  checkOptions('options', options, ['order', 'scale', 'overflow', 'inverse']);
  const { inverse = false, ...rest } = options;
  if ((rest.overflow as FwhtOverflow | undefined) === 'widen') {
    throwRange('overflow', 'wrap or saturate: Fwht has widen', 'widen');
  }
  const processor = new Fwht<FwhtSample, FwhtOverflow>(engine, { ...rest, size: x.length, sample });
  try {
    return (inverse ? processor.inverse(x) : processor.transform(x)) as Values;
  } finally {
    processor.dispose();
  }
}
