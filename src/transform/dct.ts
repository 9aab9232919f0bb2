/**
 * The cosine transforms DCT-II and DCT-III: what the Karhunen–Loève transform of a smooth signal comes close to, so the
 * transform of most codecs for sound and pictures.
 *
 * Sources: N. Ahmed, T. Natarajan and K. R. Rao, Discrete cosine transform (1974); J. Makhoul, A fast cosine transform
 * in one and two dimensions (1980), for the way by one Fourier transform of the same size.
 */
import { checkBoolean, checkInteger, checkOptions, checkPowerOfTwo } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import type { BlocksFormat, FramesFormat } from '../stage/format.js';
import { DctPlan, type DctScale } from './_dct-plan.js';
import { LARGEST_FFT } from './_fft-plan.js';
import { InversePlannedStage, PlannedStage } from './_planned-stages.js';
import { checkSampleArray, type FwhtArray, type FwhtView, viewOfSample } from './_sample-types.js';
import { checkFloats } from './_vector-transform.js';

export interface DctOptions<Sample extends 'f32' | 'f64' = 'f32' | 'f64'> {
  /** Samples of one transform: a power of two from 2 to 2^20. */
  readonly size: number;
  /** Default `orthonormal`: then the inverse is the DCT-III of the same scale, and energy is kept. */
  readonly scale?: DctScale;
  /** Precision. Default `f32`. */
  readonly sample?: Sample;
  /** Transforms done by one call, one behind the other in the buffer. Default 1. */
  readonly batch?: number;
}

/**
 * A cosine transform of one size, with its buffer in engine memory. `forward` is the DCT-II,
 * X[k] = factor · Σ x[i]·cos(πk(2i + 1)/2n), and `inverse` undoes it: with `scale: 'orthonormal'` it is the DCT-III,
 * x[i] = √(1/n)·X[0] + √(2/n)·Σ X[k]·cos(πk(2i + 1)/2n); with `none` it is 2/n times the DCT-III that counts X[0] by half.
 *
 * Error, relative RMS: below 3e-7·log2(size) in float32, 1e-15·log2(size) in float64. `run`, `runInverse`, and `forward`
 * and `inverse` with `out`, are real-time safe.
 *
 * @example
 * ```ts
 * import { Dct, Engine } from 'paley';
 *
 * const engine = await Engine.load();
 * const transform = new Dct(engine, { size: 4 });
 * const ramp = Float32Array.of(1, 2, 3, 4);
 * console.log(transform.forward(ramp)); // 5 −2.23 0 −0.158: a ramp is nearly one cosine
 * console.log(transform.inverse(transform.forward(ramp))); // 1 2 3 4
 * transform.dispose();
 * ```
 */
export class Dct<Sample extends 'f32' | 'f64' = 'f32'> extends Processor {
  readonly size: number;
  readonly scale: DctScale;
  readonly sample: Sample;
  readonly batch: number;
  /** The `size·batch` values that `run` transforms in place. The view never changes. */
  readonly buffer: FwhtView<Sample, 'wrap'>;
  readonly #plan: DctPlan;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: DctOptions<Sample>) {
    super(engine);
    checkOptions('DctOptions', options, ['size', 'scale', 'sample', 'batch']);
    const plan = new DctPlan(engine, options);
    this.#plan = plan;
    try {
      this.size = plan.size;
      this.scale = plan.scale;
      this.sample = plan.sample as Sample;
      this.batch = checkInteger('batch', options.batch ?? 1, 1, 2 ** 28 / plan.size);
      const length = this.size * this.batch;
      const pointer = this.reserve(length * (plan.sample === 'f32' ? 4 : 8));
      this.buffer = viewOfSample(plan.sample, engine.buffer, pointer, length) as FwhtView<Sample, 'wrap'>;
    } catch (error) {
      plan.dispose();
      throw error;
    }
  }

  /** Transforms `buffer` in place. Real-time safe. */
  run(): void {
    this.checkAlive();
    this.#plan.forward(this.buffer.byteOffset, this.batch);
  }

  /** Undoes `run` in place. Real-time safe. */
  runInverse(): void {
    this.checkAlive();
    this.#plan.inverse(this.buffer.byteOffset, this.batch);
  }

  /**
   * The DCT-II of `x`, `size·batch` samples, in `out` or a fresh array. Overwrites `buffer`. Real-time safe where `out` is
   * given.
   * @throws TypeError or RangeError for arrays of another type or length; DisposedError.
   */
  forward(x: FwhtArray<Sample>, out?: FwhtArray<Sample>): FwhtArray<Sample> {
    this.#take('x', x, out);
    this.#plan.forward(this.buffer.byteOffset, this.batch);
    return this.#give(out);
  }

  /** Undoes `forward`, whatever the scale: shapes, errors and real-time safety are the same. */
  inverse(X: FwhtArray<Sample>, out?: FwhtArray<Sample>): FwhtArray<Sample> {
    this.#take('X', X, out);
    this.#plan.inverse(this.buffer.byteOffset, this.batch);
    return this.#give(out);
  }

  #take(title: string, x: FwhtArray<Sample>, out: FwhtArray<Sample> | undefined): void {
    this.checkAlive();
    checkSampleArray(title, x, this.sample, this.buffer.length);
    if (out !== undefined) checkSampleArray('out', out, this.sample, this.buffer.length);
    this.buffer.set(x);
  }

  #give(out: FwhtArray<Sample> | undefined): FwhtArray<Sample> {
    if (out === undefined) return this.buffer.slice() as FwhtArray<Sample>;
    out.set(this.buffer);
    return out;
  }

  override dispose(): void {
    this.#plan?.dispose();
    super.dispose();
  }
}

/**
 * The DCT-II of `x` in one call, or with `inverse` what undoes it: it makes a `Dct` of size `x.length` and of the
 * precision of `x`, and disposes of it. Not real-time safe.
 *
 * @throws TypeError for an array of another type; RangeError where no transform has its length; EngineMemoryError.
 * @example
 * ```ts
 * import { dct, Engine } from 'paley';
 *
 * const engine = await Engine.load();
 * console.log(dct(engine, Float64Array.of(1, 1, 1, 1))); // 2 0 0 0
 * console.log(dct(engine, Float64Array.of(2, 0, 0, 0), { inverse: true })); // 1 1 1 1
 * ```
 */
export function dct<Values extends Float32Array | Float64Array>(
  engine: Engine,
  x: Values,
  options: { readonly scale?: DctScale; readonly inverse?: boolean } = {},
): Values {
  checkFloats('x', x);
  checkOptions('options', options, ['scale', 'inverse']);
  const inverse = checkBoolean('inverse', options.inverse ?? false);
  const sample = x instanceof Float32Array ? 'f32' : 'f64';
  const processor = new Dct<'f32' | 'f64'>(engine, { size: x.length, scale: options.scale, sample });
  try {
    return (inverse ? processor.inverse(x) : processor.forward(x)) as Values;
  } finally {
    processor.dispose();
  }
}

export interface DctStageOptions {
  /** The frames that come in; float32. */
  readonly input: FramesFormat;
  /** Frames of a block: a power of two from 2 to 2^20. */
  readonly size: number;
  /** Default `orthonormal`. */
  readonly scale?: DctScale;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

/**
 * Frames in, blocks of DCT-II coefficients out: each channel for itself, `size` frames a block, without a window. The last
 * block is filled up with zeros at the end of the stream. Latency: `size − 1` frames. NaN and infinities become zero and
 * are counted in `faults`. `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { DctStage, Engine, InverseDctStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 48000, denominator: 1 };
 * const forward = new DctStage(engine, { input: { kind: 'frames', sampleRate, channels: 1, sample: 'f32' }, size: 4 });
 * const backward = new InverseDctStage(engine, { input: forward.output });
 * console.log(backward.process(forward.process([Float32Array.of(1, 2, 3, 4)]))); // [ 1 2 3 4 ]
 * ```
 */
export class DctStage extends PlannedStage {
  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: DctStageOptions) {
    checkOptions('DctStageOptions', options, ['input', 'size', 'scale', 'maxInput']);
    const { input, size, scale, maxInput } = options;
    checkPowerOfTwo('size', size, 2, LARGEST_FFT);
    super(engine, `dct ${size}`, { input, size, maxInput }, () => new DctPlan(engine, { size, scale }));
  }
}

export interface InverseDctStageOptions {
  /** The blocks that come in: the output format of a `DctStage`. */
  readonly input: BlocksFormat;
  /** Scale of the transform to undo. Default `orthonormal`. */
  readonly scale?: DctScale;
  /** Most blocks of one `processInto` call. Default: 4096 frames' worth. */
  readonly maxInput?: number;
}

/**
 * Undoes a `DctStage` of the same scale: blocks of coefficients in, frames out. It adds no latency of its own. Real-time
 * safety and `faults` are as there, and so is the example.
 */
export class InverseDctStage extends InversePlannedStage {
  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: InverseDctStageOptions) {
    checkOptions('InverseDctStageOptions', options, ['input', 'scale', 'maxInput']);
    const { input, scale, maxInput } = options;
    super(engine, 'dct', { input, maxInput }, () => new DctPlan(engine, { size: input.size, scale }, 'input.size'));
  }
}
