/**
 * The fast Fourier transform of real or complex signals of 2^k samples, in float32 or float64.
 *
 * Sources: J. W. Cooley and J. W. Tukey, An algorithm for the machine calculation of complex Fourier series (1965);
 * W. T. Cochran and others, What is the fast Fourier transform? (1967), for Stockham's form, which needs no permutation;
 * J. W. Cooley, P. A. W. Lewis and P. D. Welch, The fast Fourier transform algorithm (1970), for real signals.
 */
import { checkOptions, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { type FftOrder, FftPlan, type FftScale, type FftType } from './_fft-plan.js';
import { bytesOf, type FftSample } from './_fft-tables.js';

/** The typed array of a precision. */
export type FftArray<Sample extends FftSample = 'f32'> = Sample extends 'f64' ? Float64Array : Float32Array;

/** The same in engine memory. */
type FftView<Sample extends FftSample> = Sample extends 'f64' ? Float64Array<ArrayBuffer> : Float32Array<ArrayBuffer>;

export interface FftOptions<Sample extends FftSample = FftSample> {
  /** Samples of one transform: a power of two from 2 to 2^20. */
  readonly size: number;
  /** Default `real`. */
  readonly type?: FftType;
  /** Precision: `f32` or `f64`. Default `f32`. */
  readonly sample?: Sample;
  /** Order of the spectrum. Default `natural`. */
  readonly order?: FftOrder;
  /** Factor of the forward transform: `none` 1, `orthonormal` 1/√size, `inverse` 1/size. Default `none`. */
  readonly scale?: FftScale;
}

const OPTION_NAMES = ['size', 'type', 'sample', 'order', 'scale'] as const;

function checkArray(title: string, value: unknown, sample: FftSample, length: number): void {
  if (sample === 'f32' ? !(value instanceof Float32Array) : !(value instanceof Float64Array)) {
    throwType(title, sample === 'f32' ? 'a Float32Array' : 'a Float64Array', value);
  }
  const { length: given } = value as ArrayLike<number>;
  if (given !== length) throw new RangeError(`${title} expected ${length} values, got ${given}`);
}

/**
 * A Fourier transform of one size, with its signal and its spectrum in engine memory:
 * X[k] = factor · Σ x[n]·exp(−2πi·kn/size).
 *
 * Layout. A complex signal is `size` numbers re, im, re, im …, and its spectrum the same for k = 0 … size − 1. A real
 * signal is `size` values, and its spectrum, in natural order, the `size/2 + 1` numbers X[0] … X[size/2], interleaved: of
 * the first and the last the imaginary part is 0, and `inverse` does not read it. In internal order every spectrum has as
 * many values as the signal.
 *
 * Error, relative RMS: below 3e-7·log2(size) in float32 and 1e-15·log2(size) in float64; a tenth of that is usual. NaN and
 * infinities are taken as they are and spread over their transform (the stage, `FftStage`, replaces them).
 *
 * `run`, `runInverse`, `runMultiply`, and `forward`, `inverse` and `multiply` with `out`, are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, Fft } from 'paley';
 *
 * const engine = await Engine.load();
 * const fft = new Fft(engine, { size: 8 });
 * console.log(fft.forward(Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0))); // 1 0 1 0 1 0 1 0 1 0
 * fft.dispose();
 * ```
 *
 * @example
 * Circular convolution, without ever putting the spectra in order:
 * ```ts
 * import { Engine, Fft } from 'paley';
 *
 * const engine = await Engine.load();
 * const fft = new Fft(engine, { size: 4, order: 'internal' });
 * const product = fft.multiply(
 *   fft.forward(Float32Array.of(1, 2, 3, 4)),
 *   fft.forward(Float32Array.of(0, 1, 0, 0)),
 * );
 * console.log(fft.inverse(product)); // 4 1 2 3
 * ```
 */
export class Fft<Sample extends FftSample = 'f32'> extends Processor {
  readonly size: number;
  readonly type: FftType;
  readonly sample: Sample;
  readonly order: FftOrder;
  readonly scale: FftScale;
  /** The signal that `run` transforms and `runInverse` writes. The view never changes. */
  readonly buffer: FftView<Sample>;
  /** The spectrum that `run` writes and `runInverse` transforms. The view never changes. */
  readonly spectrum: FftView<Sample>;
  readonly #plan: FftPlan;
  /** A spectrum that `multiply` reads into; made when first needed. */
  #factor: FftView<Sample> | undefined;

  /**
   * @throws TypeError or RangeError for options out of range; EngineMemoryError where the engine has no room for about
   * four times the signal.
   */
  constructor(engine: Engine, options: FftOptions<Sample>) {
    super(engine);
    checkOptions('FftOptions', options, OPTION_NAMES);
    this.#plan = new FftPlan(engine, options);
    this.size = this.#plan.size;
    this.type = this.#plan.type;
    this.sample = this.#plan.sample as Sample;
    this.order = this.#plan.order;
    this.scale = this.#plan.scale;
    this.buffer = this.#reserveValues(this.#plan.signalLength);
    this.spectrum = this.#reserveValues(this.#plan.spectrumLength);
  }

  /** Transforms `buffer` into `spectrum`. Real-time safe. */
  run(): void {
    this.checkAlive();
    this.#plan.forward(this.spectrum.byteOffset, this.buffer.byteOffset);
  }

  /** Transforms `spectrum` back into `buffer`, whatever order and scale. Real-time safe. */
  runInverse(): void {
    this.checkAlive();
    this.#plan.inverse(this.buffer.byteOffset, this.spectrum.byteOffset);
  }

  /**
   * Multiplies `spectrum`, bin by bin, by the spectrum of another `Fft` of the same engine, size, type, sample and order.
   * Real-time safe.
   * @throws TypeError where the other one's spectrum is not of that kind; DisposedError.
   */
  runMultiply(other: Fft<Sample>): void {
    this.checkAlive();
    if (!(other instanceof Fft)) throwType('other', 'an Fft', other);
    other.checkAlive();
    if (
      other.engine !== this.engine ||
      other.size !== this.size ||
      other.type !== this.type ||
      other.sample !== this.sample ||
      other.order !== this.order
    ) {
      throw new TypeError(
        `other expected a ${this.type} ${this.sample} Fft of size ${this.size} in ${this.order} order on the same engine, got ` +
          `a ${other.type} ${other.sample} one of size ${other.size} in ${other.order} order`,
      );
    }
    const { byteOffset } = this.spectrum;
    this.#plan.multiply(byteOffset, byteOffset, other.spectrum.byteOffset);
  }

  /**
   * The spectrum of `x` in `out` or a fresh array. Overwrites `buffer` and `spectrum`. Real-time safe where `out` is
   * given.
   * @throws TypeError or RangeError for arrays of another type or length; DisposedError.
   */
  forward(x: FftArray<Sample>, out?: FftArray<Sample>): FftArray<Sample> {
    this.checkAlive();
    checkArray('x', x, this.sample, this.buffer.length);
    if (out !== undefined) checkArray('out', out, this.sample, this.spectrum.length);
    this.buffer.set(x);
    this.#plan.forward(this.spectrum.byteOffset, this.buffer.byteOffset);
    return this.#give(this.spectrum, out);
  }

  /** The signal of the spectrum `X`: undoes `forward`, whatever order and scale. Errors and real-time safety are the same. */
  inverse(X: FftArray<Sample>, out?: FftArray<Sample>): FftArray<Sample> {
    this.checkAlive();
    checkArray('X', X, this.sample, this.spectrum.length);
    if (out !== undefined) checkArray('out', out, this.sample, this.buffer.length);
    this.spectrum.set(X);
    this.#plan.inverse(this.buffer.byteOffset, this.spectrum.byteOffset);
    return this.#give(this.buffer, out);
  }

  /**
   * The product of two spectra, bin by bin, in `out` or a fresh array: the spectrum of the circular convolution of their
   * signals, divided by the scale's factor. Overwrites `spectrum`. Real-time safe where `out` is given, from the second
   * call on: the first makes room for `Y`.
   * @throws TypeError or RangeError for arrays of another type or length; DisposedError; EngineMemoryError.
   */
  multiply(X: FftArray<Sample>, Y: FftArray<Sample>, out?: FftArray<Sample>): FftArray<Sample> {
    this.checkAlive();
    checkArray('X', X, this.sample, this.spectrum.length);
    checkArray('Y', Y, this.sample, this.spectrum.length);
    if (out !== undefined) checkArray('out', out, this.sample, this.spectrum.length);
    this.#factor ??= this.#reserveValues(this.spectrum.length);
    this.spectrum.set(X);
    this.#factor.set(Y);
    const { byteOffset } = this.spectrum;
    this.#plan.multiply(byteOffset, byteOffset, this.#factor.byteOffset);
    return this.#give(this.spectrum, out);
  }

  override dispose(): void {
    this.#plan?.dispose();
    super.dispose();
  }

  #reserveValues(length: number): FftView<Sample> {
    const pointer = this.reserve(length * bytesOf(this.sample));
    const ViewOf = this.sample === 'f32' ? Float32Array : Float64Array;
    return new ViewOf(this.engine.buffer, pointer, length).fill(0) as FftView<Sample>;
  }

  #give(view: FftView<Sample>, out: FftArray<Sample> | undefined): FftArray<Sample> {
    if (out === undefined) return view.slice() as FftArray<Sample>;
    out.set(view);
    return out;
  }
}

/** Options of the function forms: those of `Fft` but for size and sample, which the array tells. */
export interface FftFunctionOptions {
  /** Default `real`. */
  readonly type?: FftType;
  /** Factor of the forward transform. Default `none`. */
  readonly scale?: FftScale;
}

function once<Sample extends FftSample, Result>(
  engine: Engine,
  options: FftOptions<Sample>,
  work: (fft: Fft<Sample>) => Result,
): Result {
  const processor = new Fft<Sample>(engine, options);
  try {
    return work(processor);
  } finally {
    processor.dispose();
  }
}

function checkFloats(title: string, value: unknown): FftSample {
  if (value instanceof Float32Array) return 'f32';
  if (value instanceof Float64Array) return 'f64';
  throwType(title, 'a Float32Array or Float64Array', value);
}

/**
 * The spectrum of `x` in natural order, in one call, for when speed does not matter: it makes an `Fft` and disposes of
 * it. `x` is a real signal of 2 to 2^20 samples, a power of two, or with `type: 'complex'` as many interleaved numbers;
 * the result has the layout that `Fft` describes and the precision of `x`. Not real-time safe.
 *
 * @throws TypeError for an array of another type; RangeError where its length is not allowed; EngineMemoryError.
 * @example
 * ```ts
 * import { Engine, fft, inverseFft } from 'paley';
 *
 * const engine = await Engine.load();
 * const spectrum = fft(engine, Float64Array.of(1, 2, 3, 4));
 * console.log(spectrum); // 10 0 −2 2 −2 0
 * console.log(inverseFft(engine, spectrum)); // 1 2 3 4
 * ```
 */
export function fft<Values extends Float32Array | Float64Array>(
  engine: Engine,
  x: Values,
  options: FftFunctionOptions = {},
): Values {
  const sample = checkFloats('x', x);
  checkOptions('options', options, ['type', 'scale']);
  const { type = 'real', scale } = options;
  const size = type === 'complex' ? x.length / 2 : x.length;
  return once(engine, { size, type, scale, sample }, (processor) => processor.forward(x)) as Values;
}

/**
 * Undoes `fft` with the same options: the signal of a spectrum in natural order. Not real-time safe.
 *
 * @throws TypeError for an array of another type; RangeError where its length is not that of a spectrum; EngineMemoryError.
 * @example
 * ```ts
 * import { Engine, inverseFft } from 'paley';
 *
 * const engine = await Engine.load();
 * console.log(inverseFft(engine, Float32Array.of(1, 0, 1, 0, 1, 0))); // 1 0 0 0
 * ```
 */
export function inverseFft<Values extends Float32Array | Float64Array>(
  engine: Engine,
  X: Values,
  options: FftFunctionOptions = {},
): Values {
  const sample = checkFloats('X', X);
  checkOptions('options', options, ['type', 'scale']);
  const { type = 'real', scale } = options;
  const size = type === 'complex' ? X.length / 2 : X.length - 2;
  return once(engine, { size, type, scale, sample }, (processor) => processor.inverse(X)) as Values;
}
