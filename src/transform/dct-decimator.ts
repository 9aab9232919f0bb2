/**
 * Decimation of blocks in the cosine domain: of every block the low coefficients are kept and transformed back at their own
 * number, so that n frames become fewer and the same length of time; the inverse puts zeros where the others were. It has no
 * filter and no memory beyond a block. Coarser than a resampler at a block's ends, exact for what lies in the low coefficients.
 *
 * Source: J. Kai and others, FreqKV: frequency domain key-value compression (2025), there along the context of a language
 * model; the resizing itself as in R. Dugad and N. Ahuja, A fast scheme for image size change in the compressed domain (2001).
 */
import { checkInteger, checkOptions, checkPowerOfTwo, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { BaseStage } from '../stage/base-stage.js';
import { describeFormat, type FramesFormat } from '../stage/format.js';
import type { Port } from '../stage/port.js';
import { checkCount, checkSamplesPort } from '../stage/port-checks.js';
import { multiply } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';
import { DctPlan } from './_dct-plan.js';
import { checkFloats } from './_vector-transform.js';

/** Blocks of `from` values to blocks of `to` by cutting or filling up their cosine coefficients; float32, in engine memory. */
class DctResizer extends Processor {
  readonly from: number;
  readonly to: number;
  /** Where a block is put, and where its resized one is found. */
  readonly source: Float32Array<ArrayBuffer>;
  readonly target: Float32Array<ArrayBuffer>;
  readonly #analysis: DctPlan;
  readonly #synthesis: DctPlan;

  constructor(engine: Engine, from: number, to: number) {
    super(engine);
    this.from = from;
    this.to = to;
    this.source = this.reserveFloat32(from);
    this.target = this.reserveFloat32(to);
    this.#analysis = new DctPlan(engine, { size: from });
    try {
      this.#synthesis = new DctPlan(engine, { size: to });
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  run(): void {
    const { source, target } = this;
    // Orthonormal coefficients of one and the same function grow with √n.
    const factor = Math.sqrt(this.to / this.from);
    this.#analysis.forward(source.byteOffset, 1);
    for (let k = 0; k < target.length; k++) target[k] = k < source.length ? factor * source[k] : 0;
    this.#synthesis.inverse(target.byteOffset, 1);
  }

  override dispose(): void {
    this.#analysis?.dispose();
    this.#synthesis?.dispose();
    super.dispose();
  }
}

export interface DctDecimatorOptions {
  /** Frames of a block: a power of two from 4 to 2^16. */
  readonly size: number;
  /** Coefficients kept of each, and frames that come out: a power of two from 2 to size. */
  readonly keep: number;
}

function checkSizes({ size, keep }: DctDecimatorOptions): void {
  checkPowerOfTwo('size', size, 4, 2 ** 16);
  checkPowerOfTwo('keep', keep, 2, size);
}

/** Resizes an array block by block. */
function resize(engine: Engine, x: Float32Array, from: number, to: number): Float32Array {
  checkFloats('x', x);
  if (!(x instanceof Float32Array)) throwType('x', 'a Float32Array', x);
  if (x.length % from !== 0) throw new RangeError(`x expected whole blocks of ${from} values, got ${x.length}`);
  const resizer = new DctResizer(engine, from, to);
  const out = new Float32Array((x.length / from) * to);
  for (let block = 0; block * from < x.length; block++) {
    resizer.source.set(x.subarray(block * from, (block + 1) * from));
    resizer.run();
    out.set(resizer.target, block * to);
  }
  resizer.dispose();
  return out;
}

/**
 * `keep` values for every `size` of `x`: those of the function that the block's first `keep` cosine coefficients make. Not
 * real-time safe.
 *
 * @throws TypeError or RangeError for options out of range, or an array that is not whole blocks; EngineMemoryError.
 * @example
 * ```ts
 * import { dctDecimate, dctRestore, Engine } from 'paley';
 *
 * const engine = await Engine.load();
 * const slow = Float32Array.from({ length: 16 }, (_, i) => Math.cos((Math.PI * 3 * (2 * i + 1)) / 32));
 * const few = dctDecimate(engine, slow, { size: 16, keep: 4 });
 * console.log(dctRestore(engine, few, { size: 16, keep: 4 })); // the cosine again
 * ```
 */
export function dctDecimate(engine: Engine, x: Float32Array, options: DctDecimatorOptions): Float32Array {
  checkOptions('options', options, ['size', 'keep']);
  checkSizes(options);
  return resize(engine, x, options.size, options.keep);
}

/**
 * Undoes `dctDecimate` as far as the coefficients that were kept go: `size` values for every `keep` of `x`. Errors and the
 * example are those there. Not real-time safe.
 */
export function dctRestore(engine: Engine, x: Float32Array, options: DctDecimatorOptions): Float32Array {
  checkOptions('options', options, ['size', 'keep']);
  checkSizes(options);
  return resize(engine, x, options.keep, options.size);
}

/** Frames in, blocks of them resized, frames out. */
abstract class DctResizingStage extends BaseStage<Float32Array[], Float32Array[]> {
  abstract override readonly name: string;
  readonly input: FramesFormat;
  readonly output: FramesFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  readonly #resizer: DctResizer;
  /** The frames of the block not yet complete: a plane of `from` values a channel. */
  readonly #pending: Float32Array<ArrayBuffer>;
  readonly #values: Float32Array<ArrayBuffer>;
  #held = 0;
  #faults = 0;

  protected constructor(engine: Engine, input: FramesFormat, from: number, to: number, maxInput = 4096) {
    super(engine);
    if (typeof input !== 'object' || input === null) throwType('input', 'a stream format', input);
    if (input.kind !== 'frames' || input.sample !== 'f32') {
      throw new TypeError(`input expected f32 frames, got ${describeFormat(input)}`);
    }
    this.input = input;
    const sampleRate = multiply(input.sampleRate, { numerator: to, denominator: from });
    this.output = Object.freeze({ ...input, sampleRate });
    this.period = { input: from, output: to };
    this.maxInput = checkInteger('maxInput', maxInput, 1, 2 ** 24);
    this.maxOutput = Math.ceil((from + maxInput) / from) * to;
    this.#pending = this.reserveFloat32(from * input.channels);
    this.#values = new Float32Array(engine.buffer);
    this.#resizer = new DctResizer(engine, from, to);
  }

  /** NaN and infinities replaced by zero so far. */
  get faults(): number {
    return this.#faults;
  }

  /** Frames before the block that holds frame `outputCount − 1` is complete. */
  inputNeeded(outputCount: number): number {
    checkInteger('outputCount', outputCount, 0, Number.MAX_SAFE_INTEGER);
    return Math.ceil(outputCount / this.#resizer.to) * this.#resizer.from;
  }

  /** Takes `input.count` frames and writes those of the blocks they complete. Real-time safe. */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const source = checkSamplesPort(this, 'input', input, 1, 0);
    const target = checkSamplesPort(this, 'output', output, 1, this.maxOutput);
    const count = checkCount(this, source);
    const { from, to } = this.#resizer;
    const { copyFiniteF32 } = this.engine.kernels;
    let frames = 0;
    for (let used = 0; used < count; ) {
      const taken = Math.min(count - used, from - this.#held);
      for (let channel = 0; channel < this.input.channels; channel++) {
        const pending = this.#pending.byteOffset + 4 * (channel * from + this.#held);
        this.#faults += copyFiniteF32(pending, source.pointer + channel * source.planeBytes + 4 * used, taken);
      }
      used += taken;
      this.#held += taken;
      if (this.#held < from) continue;
      for (let channel = 0; channel < this.input.channels; channel++) {
        this.#resize(channel, (target.pointer + channel * target.planeBytes) / 4 + frames, to);
      }
      this.#held = 0;
      frames += to;
    }
    target.count = frames;
    return frames;
  }

  /**
   * The last block, if it is incomplete, with its last frame in place of those missing: as many frames as its share of a
   * block is, rounded up. Real-time safe.
   */
  flushInto(output: Port): number {
    this.checkAlive();
    const target = checkSamplesPort(this, 'output', output, 1, this.#resizer.to);
    const { from, to } = this.#resizer;
    const held = this.#held;
    const frames = Math.ceil((held * to) / from);
    for (let channel = 0; channel < this.input.channels && held > 0; channel++) {
      const last = this.#pending[channel * from + held - 1];
      this.#pending.fill(last, channel * from + held, (channel + 1) * from);
      this.#resize(channel, (target.pointer + channel * target.planeBytes) / 4, frames);
    }
    this.#held = 0;
    target.count = frames;
    return frames;
  }

  /** Forgets the frames of an incomplete block. Real-time safe. */
  reset(): void {
    this.checkAlive();
    this.#held = 0;
  }

  #resize(channel: number, at: number, frames: number): void {
    const { source, target, from } = this.#resizer;
    for (let i = 0; i < from; i++) source[i] = this.#pending[channel * from + i];
    this.#resizer.run();
    for (let i = 0; i < frames; i++) this.#values[at + i] = target[i];
  }

  override dispose(): void {
    this.#resizer?.dispose();
    super.dispose();
  }
}

export interface DctDecimatorStageOptions extends DctDecimatorOptions {
  /** The frames that come in; float32. */
  readonly input: FramesFormat;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

/**
 * Frames in, `keep` frames for every `size` of them out, at the lower rate: n frames become ceil(n·keep/size). Latency: that
 * of a block. NaN and infinities become zero and are counted in `faults`. `processInto`, `flushInto` and `reset` are real-time
 * safe.
 *
 * @example
 * ```ts
 * import { DctDecimatorStage, DctRestoringStage, Engine } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 100, denominator: 1 };
 * const input = { kind: 'frames', sampleRate, channels: 1, sample: 'f32' } as const;
 * const decimator = new DctDecimatorStage(engine, { input, size: 16, keep: 4 });
 * const restorer = new DctRestoringStage(engine, { input: decimator.output, size: 16, keep: 4 });
 * const slow = Float32Array.from({ length: 64 }, (_, i) => i / 64);
 * console.log(restorer.process(decimator.process([slow]))); // nearly the ramp
 * ```
 */
export class DctDecimatorStage extends DctResizingStage {
  readonly name: string;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: DctDecimatorStageOptions) {
    checkOptions('DctDecimatorStageOptions', options, ['input', 'size', 'keep', 'maxInput']);
    checkSizes(options);
    super(engine, options.input, options.size, options.keep, options.maxInput);
    this.name = `dct decimate ${options.size}→${options.keep}`;
  }
}

/**
 * Undoes a `DctDecimatorStage` of the same size and keep: frames in, `size` frames for every `keep` of them out. Length,
 * latency, real-time safety and `faults` are as there, and so is the example.
 */
export class DctRestoringStage extends DctResizingStage {
  readonly name: string;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: DctDecimatorStageOptions) {
    checkOptions('DctDecimatorStageOptions', options, ['input', 'size', 'keep', 'maxInput']);
    checkSizes(options);
    super(engine, options.input, options.keep, options.size, options.maxInput);
    this.name = `dct restore ${options.keep}→${options.size}`;
  }
}
