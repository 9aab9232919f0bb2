/**
 * Convolution where indices add without carries: (a ∗ b)[k] = Σ a[i]·b[i ⊕ k]. The Walsh–Hadamard transform does for it
 * what the Fourier transform does for the circular one: it makes a product of it, value by value. Since i ⊕ k undoes
 * itself, correlation is the same sum as convolution, and the matrix with entries kernel[i ⊕ j] is symmetric.
 *
 * Sources: J. E. Gibbs, Walsh spectrometry (1967); F. Pichler, Das System der sequentiell geordneten Walsh–Funktionen (1967),
 * for dyadic convolution and correlation.
 */
import { checkNumber, checkOptions, throwRange, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import type { BlocksFormat, FramesFormat } from '../stage/format.js';
import { GatheringStage, SpreadingStage } from './_block-stages.js';
import { checkFloats, type Floats } from './_vector-transform.js';
import { WalshPlan } from './_walsh-plan.js';
import { Fwht } from './fwht.js';

/** Below this part of the largest one a spectral value is not told from rounding: 2^-44 leaves ten of 53 bits. */
const SINGULAR = 2 ** -44;

export interface XorFilterOptions {
  /** The values kernel[0 … n − 1] of the XOR-circulant matrix with entries kernel[i ⊕ j]; n a power of two up to 2^20. */
  readonly kernel: ArrayLike<number>;
  /**
   * For `solve`: λ ≥ 0 relative to the largest spectral value. Each is divided by as K/(K² + (λ·max|K|)²) says, which keeps
   * noise where the kernel has little from being blown up (Tikhonov). Default 0: the exact solution.
   */
  readonly regularisation?: number;
}

/** The spectra that convolution multiplies by and that `solve` does, and where the first has a zero; −1: nowhere. */
interface Spectra {
  readonly gains: Float64Array;
  readonly inverses: Float64Array;
  readonly zeroAt: number;
}

function spectraOf(engine: Engine, options: XorFilterOptions): Spectra {
  checkKernel(options.kernel);
  const kernel = Float64Array.from(options.kernel);
  for (let i = 0; i < kernel.length; i++) {
    if (!Number.isFinite(kernel[i])) throwRange(`kernel[${i}]`, 'a finite number', kernel[i]);
  }
  const regularisation = checkNumber('regularisation', options.regularisation ?? 0, 0, 1e300);
  const transform = new Fwht(engine, { size: kernel.length, sample: 'f64' });
  const gains = transform.transform(kernel);
  transform.dispose();
  let largest = 0;
  for (const gain of gains) largest = Math.max(largest, Math.abs(gain));
  const damping = regularisation * largest * (regularisation * largest);
  const zeroAt = damping > 0 ? -1 : gains.findIndex((gain) => !(Math.abs(gain) > SINGULAR * largest));
  return { gains, inverses: gains.map((gain) => gain / (gain * gain + damping)), zeroAt };
}

function checkKernel(kernel: unknown): void {
  if (!Array.isArray(kernel) && !ArrayBuffer.isView(kernel)) throwType('kernel', 'an array of numbers', kernel);
}

/** Throws where a spectral value is zero: then no kernel undoes this one. */
function checkRegular({ zeroAt }: Spectra): void {
  if (zeroAt >= 0) {
    throwRange(
      'kernel',
      'one without zeros in its Walsh spectrum, or a regularisation',
      `one that is zero at ${zeroAt}`,
    );
  }
}

/**
 * One kernel of XOR (dyadic) convolution, float64: `convolve` multiplies by the XOR-circulant matrix of the kernel, `solve`
 * by its inverse. n·log2(n) additions instead of n² products or an elimination. Both are real-time safe where `out` is given.
 *
 * @example
 * ```ts
 * import { Engine, XorFilter } from 'paley';
 *
 * const engine = await Engine.load();
 * const filter = new XorFilter(engine, { kernel: [4, 1, 0, 1] });
 * const y = filter.convolve(Float64Array.of(1, 2, 3, 4)); // 10 12 18 20
 * console.log(filter.solve(y)); // 1 2 3 4
 * filter.dispose();
 * ```
 */
export class XorFilter extends Processor {
  /** Values of a vector. */
  readonly size: number;
  /** Largest over smallest magnitude in the kernel's spectrum: how much `solve` may amplify errors; Infinity if singular. */
  readonly condition: number;
  readonly #fwht: Fwht<'f64'>;
  readonly #spectra: Spectra;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: XorFilterOptions) {
    super(engine);
    checkOptions('XorFilterOptions', options, ['kernel', 'regularisation']);
    this.#spectra = spectraOf(engine, options);
    const { gains } = this.#spectra;
    this.size = gains.length;
    let [smallest, largest] = [Infinity, 0];
    for (const gain of gains) {
      smallest = Math.min(smallest, Math.abs(gain));
      largest = Math.max(largest, Math.abs(gain));
    }
    this.condition = smallest > SINGULAR * largest ? largest / smallest : Infinity;
    this.#fwht = new Fwht(engine, { size: this.size, sample: 'f64' });
  }

  /**
   * y[k] = Σ kernel[i]·x[i ⊕ k], for `size` values, in `out` or a fresh array.
   * @throws TypeError or RangeError for arrays of another type or length; DisposedError.
   */
  convolve<Values extends Floats>(x: Values, out?: Values): Values {
    return this.#multiply('x', x, this.#spectra.gains, out);
  }

  /**
   * The x for which `convolve` gives `y`.
   * @throws RangeError where the kernel is singular and there is no regularisation; the rest as `convolve`.
   */
  solve<Values extends Floats>(y: Values, out?: Values): Values {
    checkRegular(this.#spectra);
    return this.#multiply('y', y, this.#spectra.inverses, out);
  }

  #multiply<Values extends Floats>(title: string, x: Values, factors: Float64Array, out: Values | undefined): Values {
    this.checkAlive();
    checkFloats(title, x, this.size);
    if (out !== undefined) checkFloats('out', out, this.size);
    const { buffer } = this.#fwht;
    buffer.set(x);
    this.#fwht.run();
    for (let i = 0; i < factors.length; i++) buffer[i] *= factors[i];
    this.#fwht.runInverse();
    if (out === undefined) return (x instanceof Float32Array ? Float32Array.from(buffer) : buffer.slice()) as Values;
    out.set(buffer);
    return out;
  }

  override dispose(): void {
    this.#fwht?.dispose();
    super.dispose();
  }
}

function once<Result>(engine: Engine, options: XorFilterOptions, work: (filter: XorFilter) => Result): Result {
  const filter = new XorFilter(engine, options);
  try {
    return work(filter);
  } finally {
    filter.dispose();
  }
}

/**
 * The dyadic convolution Σ a[i]·b[i ⊕ k] of two vectors of n values, n a power of two. Not real-time safe.
 *
 * @throws TypeError or RangeError for arrays of another type or length; EngineMemoryError.
 * @example
 * ```ts
 * import { Engine, xorConvolve } from 'paley';
 *
 * const engine = await Engine.load();
 * console.log(xorConvolve(engine, Float64Array.of(1, 2, 3, 4), Float64Array.of(0, 1, 0, 0))); // 2 1 4 3
 * ```
 */
export function xorConvolve<Values extends Floats>(engine: Engine, a: Values, b: Values): Values {
  checkFloats('a', a);
  checkFloats('b', b, a.length);
  return once(engine, { kernel: b }, (filter) => filter.convolve(a));
}

/**
 * The dyadic correlation (1/n)·Σ a[i]·b[i ⊕ k] of two signals, or of one with itself: where it is large, the one looks
 * like the other with index bits k flipped. But for the 1/n it is the convolution. Not real-time safe.
 *
 * @throws TypeError or RangeError for arrays of another type or length; EngineMemoryError.
 * @example
 * ```ts
 * import { Engine, xorCorrelate } from 'paley';
 *
 * const engine = await Engine.load();
 * console.log(xorCorrelate(engine, Float64Array.of(1, -1, 1, -1))); // 1 −1 1 −1
 * ```
 */
export function xorCorrelate<Values extends Floats>(engine: Engine, a: Values, b: Values = a): Values {
  const result = xorConvolve(engine, a, b);
  for (let k = 0; k < result.length; k++) result[k] /= result.length;
  return result;
}

/**
 * Solves Σ kernel[i ⊕ j]·x[j] = y[i], the system of an XOR-circulant matrix. Not real-time safe; for many right-hand sides
 * take an `XorFilter`.
 *
 * @throws RangeError where the matrix is singular and there is no regularisation; TypeError or RangeError for arrays of
 * another type or length; EngineMemoryError.
 * @example
 * ```ts
 * import { Engine, solveXorCirculant } from 'paley';
 *
 * const engine = await Engine.load();
 * console.log(solveXorCirculant(engine, [2, 1], Float64Array.of(4, 5))); // 1 2
 * ```
 */
export function solveXorCirculant<Values extends Floats>(
  engine: Engine,
  kernel: ArrayLike<number>,
  y: Values,
  options: { readonly regularisation?: number } = {},
): Values {
  checkFloats('y', y);
  checkOptions('options', options, ['regularisation']);
  return once(engine, { kernel, regularisation: options.regularisation }, (filter) => filter.solve(y));
}

/** Multiplies the Walsh spectra of float32 blocks by factors. */
class SpectrumFactors {
  readonly #plan: WalshPlan;
  readonly #values: Float32Array<ArrayBuffer>;
  readonly #factors: Float64Array;

  constructor(engine: Engine, factors: Float64Array) {
    this.#plan = new WalshPlan(engine, factors.length, {});
    this.#values = new Float32Array(engine.buffer);
    this.#factors = factors;
  }

  run(pointer: number, blocks: number): void {
    const { size } = this.#plan;
    const values = this.#values;
    const factors = this.#factors;
    this.#plan.forward(pointer, blocks);
    for (let block = 0; block < blocks; block++) {
      const at = pointer / 4 + block * size;
      for (let i = 0; i < size; i++) values[at + i] *= factors[i];
    }
    this.#plan.inverse(pointer, blocks);
  }
}

export interface XorFilterStageOptions extends Pick<XorFilterOptions, 'kernel'> {
  /** The frames that come in; float32. A block has as many as the kernel has values. */
  readonly input: FramesFormat;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

/**
 * Frames in, blocks of their XOR convolution with a kernel out: each channel for itself. The last block is filled up with
 * zeros at the end of the stream. Latency: `size − 1` frames. NaN and infinities become zero and are counted in `faults`.
 * `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, InverseXorFilterStage, XorFilterStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 100, denominator: 1 };
 * const kernel = [4, 1, 0, 1];
 * const forward = new XorFilterStage(engine, { input: { kind: 'frames', sampleRate, channels: 1, sample: 'f32' }, kernel });
 * const backward = new InverseXorFilterStage(engine, { input: forward.output, kernel });
 * console.log(backward.process(forward.process([Float32Array.of(1, 2, 3, 4)]))); // [ 1 2 3 4 ]
 * ```
 */
export class XorFilterStage extends GatheringStage {
  readonly name: string;
  readonly #factors: SpectrumFactors;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: XorFilterStageOptions) {
    checkOptions('XorFilterStageOptions', options, ['input', 'kernel', 'maxInput']);
    const { input, kernel, maxInput } = options;
    const { gains } = spectraOf(engine, { kernel });
    super(engine, input, gains.length, maxInput);
    this.#factors = new SpectrumFactors(engine, gains);
    this.name = `xor filter ${gains.length}`;
  }

  protected transformBlocks(pointer: number, blocks: number): void {
    this.#factors.run(pointer, blocks);
  }
}

export interface InverseXorFilterStageOptions extends XorFilterOptions {
  /** The blocks that come in: the output format of an `XorFilterStage`. */
  readonly input: BlocksFormat;
  /** Most blocks of one `processInto` call. Default: 4096 frames' worth. */
  readonly maxInput?: number;
}

/**
 * Undoes an `XorFilterStage` of the same kernel by solving its XOR-circulant system for every block. It adds no latency of
 * its own. Real-time safety and `faults` are as there, and so is the example.
 */
export class InverseXorFilterStage extends SpreadingStage {
  readonly name: string;
  readonly #factors: SpectrumFactors;

  /** @throws TypeError or RangeError for options out of range or a singular kernel; EngineMemoryError. */
  constructor(engine: Engine, options: InverseXorFilterStageOptions) {
    checkOptions('InverseXorFilterStageOptions', options, ['input', 'kernel', 'regularisation', 'maxInput']);
    const { input, kernel, regularisation, maxInput } = options;
    const spectra = spectraOf(engine, { kernel, regularisation });
    checkRegular(spectra);
    const { inverses } = spectra;
    super(engine, input, maxInput);
    if (input.size !== inverses.length) throwRange('input.size', `${inverses.length}, as the kernel`, input.size);
    this.#factors = new SpectrumFactors(engine, inverses);
    this.name = `inverse xor filter ${inverses.length}`;
  }

  protected transformBlocks(pointer: number, blocks: number): void {
    this.#factors.run(pointer, blocks);
  }
}
