/**
 * The Haar transform: means and differences of pairs, then of pairs of those means, and so on. It finds what is sudden:
 * a step or a click has few large coefficients, which a transform of the whole block has not. 2n additions.
 *
 * Source: A. Haar, Zur Theorie der orthogonalen Funktionensysteme (1910).
 */
import { checkBoolean, checkInteger, checkOptions, checkPowerOfTwo } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import type { BlocksFormat, FramesFormat } from '../stage/format.js';
import { HaarPlan } from './_haar-plan.js';
import { InversePlannedStage, PlannedStage } from './_planned-stages.js';
import { checkFloats, type Floats, VectorTransform } from './_vector-transform.js';

export interface HaarOptions {
  /** Samples of one transform: a power of two from 1 to 2^20. */
  readonly size: number;
  /** How often means are taken of means. Default log2(size), all the way to one value. */
  readonly levels?: number;
}

function checkSizes(size: unknown, levels: unknown, title = 'size'): { size: number; levels: number } {
  const checked = checkPowerOfTwo(title, size, 1, 2 ** 20);
  const most = 31 - Math.clz32(checked);
  return { size: checked, levels: checkInteger('levels', levels ?? most, 0, most) };
}

/**
 * An orthonormal Haar transform of one size: every sum and difference of two values is divided by √2. Coefficients stand
 * from coarse to fine: `size/2^levels` sums of 2^levels samples each, as many differences of that length, twice as many of
 * half the length … and last the size/2 differences of neighbours, x[2i] − x[2i + 1]. Arithmetic is float64; needs no
 * engine. Real-time safe where `out` is given.
 *
 * @example
 * ```ts
 * import { Haar } from 'paley';
 *
 * const haar = new Haar({ size: 4 });
 * console.log(haar.forward(Float64Array.of(2, 2, 0, 0))); // 2 2 0 0: one mean, one step
 * console.log(haar.inverse(Float64Array.of(2, 2, 0, 0))); // 2 2 0 0
 * ```
 */
export class Haar extends VectorTransform {
  readonly size: number;
  readonly levels: number;
  readonly #scratch: Float64Array;

  /** @throws TypeError or RangeError for options out of range. */
  constructor(options: HaarOptions) {
    super();
    checkOptions('HaarOptions', options, ['size', 'levels']);
    const { size, levels } = checkSizes(options.size, options.levels);
    this.size = size;
    this.levels = levels;
    this.#scratch = new Float64Array(this.size);
  }

  /** Transforms the `size` values from index `at` on, in place. Real-time safe. */
  forwardAt(values: Floats, at: number): void {
    const scratch = this.#scratch;
    for (let level = 0, length = this.size; level < this.levels; level++, length /= 2) {
      const half = length / 2;
      for (let i = 0; i < half; i++) {
        const a = values[at + 2 * i];
        const b = values[at + 2 * i + 1];
        scratch[i] = (a + b) * Math.SQRT1_2;
        scratch[half + i] = (a - b) * Math.SQRT1_2;
      }
      for (let i = 0; i < length; i++) values[at + i] = scratch[i];
    }
  }

  /** Undoes `forwardAt`. Real-time safe. */
  inverseAt(values: Floats, at: number): void {
    const scratch = this.#scratch;
    for (let level = this.levels - 1; level >= 0; level--) {
      const length = this.size >> level;
      const half = length / 2;
      for (let i = 0; i < half; i++) {
        const sum = values[at + i];
        const difference = values[at + half + i];
        scratch[2 * i] = (sum + difference) * Math.SQRT1_2;
        scratch[2 * i + 1] = (sum - difference) * Math.SQRT1_2;
      }
      for (let i = 0; i < length; i++) values[at + i] = scratch[i];
    }
  }
}

/**
 * The Haar transform of `x` in one call, or with `inverse` what undoes it. Not real-time safe.
 *
 * @throws TypeError for an array of another type; RangeError where its length is no power of two or has not so many levels.
 * @example
 * ```ts
 * import { haar } from 'paley';
 *
 * console.log(haar(Float32Array.of(5, 3, 1, 1), { levels: 1 })); // 5.66 1.41 1.41 0
 * ```
 */
export function haar<Values extends Floats>(
  x: Values,
  options: { readonly levels?: number; readonly inverse?: boolean } = {},
): Values {
  checkFloats('x', x);
  checkOptions('options', options, ['levels', 'inverse']);
  const inverse = checkBoolean('inverse', options.inverse ?? false);
  const transform = new Haar({ size: x.length, levels: options.levels });
  return inverse ? transform.inverse(x) : transform.forward(x);
}

export interface HaarStageOptions extends HaarOptions {
  /** The frames that come in; float32. */
  readonly input: FramesFormat;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

/**
 * Frames in, blocks of Haar coefficients out: each channel for itself, `size` frames a block. The last block is filled up
 * with zeros at the end of the stream. Latency: `size − 1` frames. NaN and infinities become zero and are counted in
 * `faults`. `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, HaarStage, InverseHaarStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 100, denominator: 1 };
 * const forward = new HaarStage(engine, { input: { kind: 'frames', sampleRate, channels: 1, sample: 'f32' }, size: 4 });
 * const backward = new InverseHaarStage(engine, { input: forward.output });
 * console.log(backward.process(forward.process([Float32Array.of(0, 0, 8, 0)]))); // [ 0 0 8 0 ]
 * ```
 */
export class HaarStage extends PlannedStage {
  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: HaarStageOptions) {
    checkOptions('HaarStageOptions', options, ['input', 'size', 'levels', 'maxInput']);
    const { input, size, levels, maxInput } = options;
    const checked = checkSizes(size, levels);
    super(engine, `haar ${size}`, { input, size, maxInput }, () => new HaarPlan(engine, checked));
  }
}

export interface InverseHaarStageOptions {
  /** The blocks that come in: the output format of a `HaarStage`. */
  readonly input: BlocksFormat;
  /** Levels of the transform to undo. Default all. */
  readonly levels?: number;
  /** Most blocks of one `processInto` call. Default: 4096 frames' worth. */
  readonly maxInput?: number;
}

/**
 * Undoes a `HaarStage` of the same levels: blocks of coefficients in, frames out. It adds no latency of its own. Real-time
 * safety and `faults` are as there, and so is the example.
 */
export class InverseHaarStage extends InversePlannedStage {
  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: InverseHaarStageOptions) {
    checkOptions('InverseHaarStageOptions', options, ['input', 'levels', 'maxInput']);
    const { input, levels, maxInput } = options;
    super(
      engine,
      'haar',
      { input, maxInput },
      () => new HaarPlan(engine, checkSizes(input.size, levels, 'input.size')),
    );
  }
}
